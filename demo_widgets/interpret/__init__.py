"""Interpretation of models: saliency, temporal scores, class optimization, mutagenesis."""

from demo_widgets.lazy import lazy_names

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
