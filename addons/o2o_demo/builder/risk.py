"""Risk rules: whoever tries the shop out orders all day from one browser."""


def build(shop):
    rules = shop.env["o2o.risk.rule"].search([])
    # not those that somebody has changed since
    rules.filtered(lambda rule: rule.write_date == rule.create_date).action = "note"
