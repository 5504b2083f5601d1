"""Interpretation of models: saliency, temporal scores, class optimization, mutagenesis."""

from typing import TYPE_CHECKING

from demo_widgets.lazy import lazy_names

if TYPE_CHECKING:
    from demo_widgets.interpret.agreement import method_agreement as method_agreement
    from demo_widgets.interpret.agreement import saturation_warnings as saturation_warnings
    from demo_widgets.interpret.class_optimization import optimize_class as optimize_class
    from demo_widgets.interpret.design.constraints import DesignConstraints as DesignConstraints
    from demo_widgets.interpret.design.greedy import greedy_design as greedy_design
    from demo_widgets.interpret.design.repair import repair as repair
    from demo_widgets.interpret.methods import attribute as attribute
    from demo_widgets.interpret.mutagenesis import in_silico_mutagenesis as in_silico_mutagenesis
    from demo_widgets.interpret.pair_mutagenesis import pair_mutagenesis as pair_mutagenesis
    from demo_widgets.interpret.restart_clusters import cluster_restarts as cluster_restarts
    from demo_widgets.interpret.strand_gap import strand_gap as strand_gap
    from demo_widgets.interpret.temporal import temporal_output_scores as temporal_output_scores

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "agreement": ["method_agreement", "saturation_warnings"],
        "class_optimization": ["optimize_class", "to_pwm"],
        "design.constraints": ["DesignConstraints"],
        "design.greedy": ["greedy_design"],
        "design.repair": ["constrained_sequences", "repair"],
        "integrated_gradients": ["integrated_gradients"],
        "methods": [
            "METHODS",
            "AttributionMethod",
            "MethodOption",
            "attribute",
            "mutagenesis_attribution",
            "register_method",
        ],
        "mutagenesis": ["in_silico_mutagenesis"],
        "pair_mutagenesis": ["pair_mutagenesis"],
        "restart_clusters": ["cluster_restarts"],
        "results": [
            "AgreementResult",
            "DesignResult",
            "DesignStep",
            "IntegratedGradientsResult",
            "MutagenesisResult",
            "OptimizationResult",
            "PairMutagenesisResult",
            "RestartClusters",
            "SaliencyResult",
            "StrandGapResult",
            "TemporalResult",
        ],
        "saliency": ["saliency_map"],
        "stored.interpret_to_folder": ["interpret_to_folder"],
        "stored.interpretation": ["Interpretation", "open_interpretation"],
        "strand_gap": ["strand_gap"],
        "temporal": ["temporal_output_scores"],
    },
)
