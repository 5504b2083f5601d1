"""``demo-widgets sweep``: train every network on every TF of a folder."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_widgets.cli.arguments import add_command, add_output, at_least
from demo_widgets.cli.console import shows_progress, tell
from demo_widgets.models.network_table import NETWORKS
from demo_widgets.terminal import say_aside

if TYPE_CHECKING:
    import pandas as pd

    from demo_widgets.sweep.jobs import TrainingJob
    from demo_widgets.sweep.plan import Plan

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Declare the command's arguments."""
    parser = add_command(
        subparsers,
        "sweep",
        help="train, score and interpret every network on many TFs (Dask)",
        description="Train each network on each TF of a folder, score it on the TF's test set, "
        "find motifs in it and name them by JASPAR; write tables, models and pages to browse. "
        "DIR holds a folder for each TF with train.fa.gz and test.fa.gz, or DeepBind pairs "
        "X_AC.seq.gz and X_B.seq.gz. Finished trainings are not repeated: stop with Ctrl-C, and "
        "continue with the same command.",
        examples="""
            demo-widgets sweep deepmotif_k562 --out results --dry-run
            demo-widgets sweep deepmotif_k562 --out results --seeds 0 1 2
            demo-widgets sweep deepmotif_k562 --out results --only 'GATA*' --networks cnn
            demo-widgets sweep deepmotif_k562 --out results --scheduler tcp://10.0.0.5:8786
            """,
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the TFs")
    _add_what(parser.add_argument_group("trainings"))
    _add_where(parser.add_argument_group("execution"))
    group = add_output(parser)
    group.add_argument("--out", type=Path, required=True, help="folder for the results")
    group.add_argument(
        "--retrain",
        action="store_true",
        help="replace results that were made with other settings or sequences",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="list the trainings; run and write nothing"
    )
    parser.set_defaults(run=run)


def _add_what(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--networks",
        nargs="+",
        choices=tuple(NETWORKS),
        default=list(NETWORKS),
        metavar="NETWORK",
        help=f"any of {', '.join(NETWORKS)} (default: all)",
    )
    group.add_argument(
        "--seeds",
        nargs="+",
        type=at_least(0),
        default=[0],
        metavar="SEED",
        help="seeds of each training (default: 0)",
    )
    group.add_argument(
        "--epochs",
        type=at_least(1),
        default=40,
        help="maximum number of epochs (default: %(default)s)",
    )
    group.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="TF",
        help="TFs to train: names or patterns such as 'GATA*'",
    )
    group.add_argument(
        "--no-interpret", action="store_true", help="train and score only; do not search for motifs"
    )
    group.add_argument(
        "--release",
        default="JASPAR2024",
        help="JASPAR release that motifs are compared with (default: %(default)s)",
    )


def _add_where(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--workers",
        type=at_least(1),
        metavar="N",
        help="processes on this machine (default: one per core)",
    )
    group.add_argument(
        "--threads",
        type=at_least(1),
        metavar="N",
        help="TensorFlow threads in each worker (default: cores / workers)",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run on this Dask scheduler, whose workers see DIR and OUT under the same paths",
    )
    group.add_argument(
        "--retries",
        type=at_least(0),
        default=2,
        metavar="N",
        help="retries after a machine error (default: %(default)s)",
    )
    group.add_argument(
        "--dashboard",
        type=at_least(1),
        metavar="PORT",
        help="Dask's own dashboard on 127.0.0.1 (needs the package bokeh)",
    )


def run(options: argparse.Namespace) -> int:
    """Run or list the sweep; return 1 if a training failed."""
    from demo_widgets.sweep.jobs import Settings
    from demo_widgets.sweep.plan import plan_sweep

    settings = Settings(
        networks=tuple(options.networks),
        seeds=tuple(options.seeds),
        epochs=options.epochs,
        interpret=not options.no_interpret,
        release=options.release,
    )
    plan = plan_sweep(options.folder, options.out, settings, only=options.only)
    if not options.quiet:
        for message in plan.warnings:
            say_aside(f"demo-widgets: warning: {message}")
    if options.dry_run:
        if not options.quiet and find_spec("distributed") is None:
            say_aside(
                "demo-widgets: warning: Dask, which training needs, is not installed: "
                "pip install dask distributed"
            )
        tell(options, _listing_text(plan), _listing(plan))
        return 0

    from demo_widgets.sweep.run import carry_out

    try:
        results = carry_out(
            plan,
            scheduler=options.scheduler,
            workers=options.workers,
            threads=options.threads,
            retries=options.retries,
            retrain=options.retrain,
            dashboard=options.dashboard,
            progress=shows_progress(options),
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("to continue, run the same command again") from None
    outcome = _outcome(plan, results)
    tell(options, _outcome_text(outcome), outcome)
    return 1 if (results["error"] != "").any() else 0


def _state(plan: Plan, job: TrainingJob) -> str:
    if job.factor in plan.unreadable:
        return f"unreadable: {plan.unreadable[job.factor]}"
    if job in plan.outdated:
        return f"made with other settings: {plan.outdated[job]}"
    return "done" if job in plan.finished else "to do"


def _listing(plan: Plan) -> dict[str, Any]:
    return {
        "tfs": len(plan.factors),
        "trainings": [
            {"tf": job.factor, "network": job.network, "seed": job.seed, "state": _state(plan, job)}
            for job in plan.jobs
        ],
        "warnings": list(plan.warnings),
    }


def _listing_text(plan: Plan) -> str:
    lines = [f"{job.title}: {_state(plan, job)}" for job in plan.jobs]
    to_do = len(plan.waiting)
    return "\n".join(
        [*lines, f"{len(plan.jobs)} trainings of {len(plan.factors)} TFs, {to_do} to do"]
    )


def _outcome(plan: Plan, results: pd.DataFrame) -> dict[str, Any]:
    from demo_widgets.sweep.summary_tables import summary_table

    failed = results[results["error"] != ""]
    return {
        "trainings": len(plan.jobs),
        "done": len(results) - len(failed),
        "done_before": len(plan.finished),
        "failed": failed[["tf", "network", "seed", "error"]].to_dict("records"),
        "warnings": list(plan.warnings),
        "summary": summary_table(results).to_dict("records"),
        "files": {
            name.split(".")[0]: str(plan.out / name)
            for name in ("results.csv", "summary.csv", "index.html")
        },
    }


def _outcome_text(outcome: dict[str, Any]) -> str:
    lines = [
        f"{row['network']}: AUROC mean {row['auroc_mean']:.4f}, median {row['auroc_median']:.4f}"
        f"{_spread(row)}; both strands, mean {row['auroc_both_strands_mean']:.4f}"
        for row in outcome["summary"]
    ]
    lines += [
        f"failed: {row['tf']}, {row['network']}, seed {row['seed']}: {row['error']}"
        for row in outcome["failed"]
    ]
    failed = f", {len(outcome['failed'])} failed" if outcome["failed"] else ""
    lines.append(f"{outcome['done']} of {outcome['trainings']} trainings done{failed}")
    return "\n".join([*lines, f"Wrote {outcome['files']['index']}"])


def _spread(row: dict[str, Any]) -> str:
    """Return the number of TFs and, if there are several, their standard deviation."""
    if row["tfs"] < 2:
        return " of 1 TF"
    return f", SD {row['auroc_sd']:.4f} over {row['tfs']} TFs"
