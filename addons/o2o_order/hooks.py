def post_init_hook(env):
    """Serve the existing points of sale: nothing is guessed about stores.

    A store is a decision of the retailer (which warehouse, which tills, which
    hours), so none is created here; only the head-office node is, because every
    order needs a place to end up when no store can take it (ROUT-06).
    """
    for company in env["res.company"].search([]):
        company._o2o_ensure_head_office()
    env["ir.filters"]._o2o_name_templates()
