"""Models, one file a family; `bigenough.registry.MODELS` names them."""
