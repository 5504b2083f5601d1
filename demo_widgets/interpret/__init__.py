"""Why a model says so: saliency, temporal scores, class optimization, mutagenesis."""

from demo_widgets import _tensorflow  # noqa: F401  (first: it silences the import)
from demo_widgets.interpret.agreement import method_agreement, saturation_warnings
from demo_widgets.interpret.class_optimization import optimize_class, to_pwm
from demo_widgets.interpret.constraints import DesignConstraints
from demo_widgets.interpret.design import greedy_design
from demo_widgets.interpret.integrated_gradients import integrated_gradients
from demo_widgets.interpret.interpretation import Interpretation, open_interpretation
from demo_widgets.interpret.methods import (
    METHODS,
    AttributionMethod,
    MethodOption,
    attribute,
    mutagenesis_attribution,
)
from demo_widgets.interpret.mutagenesis import in_silico_mutagenesis
from demo_widgets.interpret.pair_mutagenesis import pair_mutagenesis
from demo_widgets.interpret.repair import constrained_sequences, repair
from demo_widgets.interpret.restart_clusters import cluster_restarts
from demo_widgets.interpret.results import (
    AgreementResult,
    DesignResult,
    DesignStep,
    IntegratedGradientsResult,
    MutagenesisResult,
    OptimizationResult,
    PairMutagenesisResult,
    RestartClusters,
    SaliencyResult,
    StrandGapResult,
    TemporalResult,
)
from demo_widgets.interpret.saliency import saliency_map
from demo_widgets.interpret.strand_gap import strand_gap
from demo_widgets.interpret.streaming import interpret_to_folder
from demo_widgets.interpret.temporal import temporal_output_scores

__all__ = [
    "METHODS",
    "AgreementResult",
    "AttributionMethod",
    "DesignConstraints",
    "DesignResult",
    "DesignStep",
    "IntegratedGradientsResult",
    "Interpretation",
    "MethodOption",
    "MutagenesisResult",
    "OptimizationResult",
    "PairMutagenesisResult",
    "RestartClusters",
    "SaliencyResult",
    "StrandGapResult",
    "TemporalResult",
    "attribute",
    "cluster_restarts",
    "constrained_sequences",
    "greedy_design",
    "in_silico_mutagenesis",
    "integrated_gradients",
    "interpret_to_folder",
    "method_agreement",
    "mutagenesis_attribution",
    "open_interpretation",
    "optimize_class",
    "pair_mutagenesis",
    "repair",
    "saliency_map",
    "saturation_warnings",
    "strand_gap",
    "temporal_output_scores",
    "to_pwm",
]
