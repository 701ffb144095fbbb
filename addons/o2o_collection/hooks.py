def post_init_hook(env):
    env["res.company"].search([])._o2o_door_setup()
