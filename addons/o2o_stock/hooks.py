def post_init_hook(env):
    """Tills sell at the same time: see ``pos.config._o2o_drop_gapless_numbers``."""
    env["pos.config"].with_context(active_test=False).search(
        []
    )._o2o_drop_gapless_numbers()
