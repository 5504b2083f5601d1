"""``demo-widgets sweep``: every network on every TF of a folder."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

__all__ = ["add_parser", "run"]

EXAMPLES = """\
examples:
  demo-widgets sweep deepmotif_k562 --out results --dry-run
  demo-widgets sweep deepmotif_k562 --out results --seeds 0 1 2
  demo-widgets sweep deepmotif_k562 --out results --only 'GATA*' --networks cnn --epochs 5
  demo-widgets sweep deepmotif_k562 --out results --scheduler tcp://10.0.0.5:8786

DIR holds a folder for each TF with train.fa.gz and test.fa.gz, or DeepBind pairs X_AC.seq.gz
and X_B.seq.gz. Stop with Ctrl-C; the same command goes on where it was. The exit code is 1
when a training failed.
"""


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = subparsers.add_parser(
        "sweep",
        help="train, score and interpret every network on many TFs (Dask)",
        description="Train each network on each TF of a folder, score it on the TF's test set, "
        "pull motifs out of it and name them by JASPAR; write tables, models and pages to browse. "
        "What is done already is not done again.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the TFs")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="OUT", help="folder of the results"
    )
    parser.add_argument(
        "--networks",
        nargs="+",
        default=["cnn", "rnn", "cnn-rnn"],
        metavar="NETWORK",
        help="of cnn, rnn and cnn-rnn (default: all three)",
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], metavar="N", help="default: 0")
    parser.add_argument(
        "--epochs", type=int, default=40, help="most epochs of a training (default: %(default)s)"
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="TF", help="names or patterns such as 'GATA*'"
    )
    parser.add_argument(
        "--no-interpret", action="store_true", help="train and score, but look for no motifs"
    )
    parser.add_argument(
        "--release",
        default="JASPAR2024",
        help="JASPAR release that motifs are compared with (default: %(default)s)",
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes on this machine (default: one a core)"
    )
    parser.add_argument(
        "--threads", type=int, metavar="N", help="TensorFlow's threads in each worker"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run on this Dask scheduler, whose workers see DIR and OUT under the same paths",
    )
    parser.add_argument(
        "--retries",
        type=int,
        default=2,
        metavar="N",
        help="tries again after an error of the machine (default: %(default)s)",
    )
    parser.add_argument(
        "--retrain",
        action="store_true",
        help="replace results that were made with other settings or sequences",
    )
    parser.add_argument(
        "--dashboard",
        type=int,
        metavar="PORT",
        help="Dask's own dashboard on 127.0.0.1 (needs the package bokeh)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="list the trainings, do and write nothing"
    )
    parser.add_argument("--json", action="store_true", help="print a summary as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do the sweep, or list it; 1 when a training failed."""
    from ..sweep.jobs import Settings
    from ..sweep.plan import plan_sweep

    settings = Settings(
        networks=tuple(options.networks),
        seeds=tuple(options.seeds),
        epochs=options.epochs,
        interpret=not options.no_interpret,
        release=options.release,
    )
    plan = plan_sweep(options.folder, options.out, settings, only=options.only)
    for message in plan.warnings:
        print(f"demo-widgets: warning: {message}", file=sys.stderr)
    if options.dry_run:
        print(_as_json(_listing(plan)) if options.json else _listing_text(plan))
        return 0

    from ..sweep.run import carry_out

    results = carry_out(
        plan,
        scheduler=options.scheduler,
        workers=options.workers,
        threads=options.threads,
        retries=options.retries,
        retrain=options.retrain,
        dashboard=options.dashboard,
    )
    print(_as_json(_outcome(plan, results)) if options.json else _outcome_text(plan, results))
    return 1 if (results["error"] != "").any() else 0


def _state(plan, job) -> str:
    if job.factor in plan.unreadable:
        return f"unreadable: {plan.unreadable[job.factor]}"
    if job in plan.outdated:
        return f"made otherwise: {plan.outdated[job]}"
    return "done" if job in plan.finished else "to do"


def _listing(plan) -> dict[str, Any]:
    return {
        "tfs": len(plan.factors),
        "trainings": [
            {"tf": job.factor, "network": job.network, "seed": job.seed, "state": _state(plan, job)}
            for job in plan.jobs
        ],
        "warnings": list(plan.warnings),
    }


def _listing_text(plan) -> str:
    lines = [f"{job.title}: {_state(plan, job)}" for job in plan.jobs]
    to_do = len(plan.jobs) - len(plan.finished)
    return "\n".join(
        [*lines, f"{len(plan.jobs)} trainings of {len(plan.factors)} TFs, {to_do} to do"]
    )


def _outcome(plan, results) -> dict[str, Any]:
    from ..sweep.tables import summary_table

    failed = results[results["error"] != ""]
    out = plan.out
    summary = summary_table(results)
    return {
        "trainings": len(plan.jobs),
        "done": len(results) - len(failed),
        "done_before": len(plan.finished),
        "failed": failed[["tf", "network", "seed", "error"]].to_dict("records"),
        "warnings": list(plan.warnings),
        "summary": summary.astype(object).where(summary.notna(), None).to_dict("records"),
        "files": {
            "results": str(out / "results.csv"),
            "summary": str(out / "summary.csv"),
            "index": str(out / "index.html"),
        },
    }


def _outcome_text(plan, results) -> str:
    outcome = _outcome(plan, results)
    lines = [
        f"{row['network']}: AUROC mean {_number(row['auroc_mean'])}, "
        f"median {_number(row['auroc_median'])}, SD {_number(row['auroc_sd'])} "
        f"over {row['tfs']} TFs; both strands, mean {_number(row['auroc_both_strands_mean'])}"
        for row in outcome["summary"]
    ]
    for row in outcome["failed"]:
        lines.append(f"failed: {row['tf']}, {row['network']}, seed {row['seed']}: {row['error']}")
    lines.append(
        f"{outcome['done']} of {outcome['trainings']} trainings done"
        + (f", {len(outcome['failed'])} failed" if outcome["failed"] else "")
    )
    return "\n".join([*lines, f"Wrote {outcome['files']['index']}"])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _as_json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
