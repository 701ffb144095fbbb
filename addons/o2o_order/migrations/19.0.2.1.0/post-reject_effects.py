"""The reject reasons that came with the addon get what they put right."""

EFFECTS = {
    "sold_out": "stock_effect = 'count', is_own_fault = TRUE",
    "too_busy": "pause_minutes = 20, is_own_fault = TRUE",
    "closing": "closes_today = TRUE, is_own_fault = TRUE",
    "bad_address": "calls_customer = TRUE",
}


def migrate(cr, version):
    if not version:
        return
    for code, effects in EFFECTS.items():
        cr.execute(
            f"UPDATE o2o_reject_reason SET {effects} WHERE code = %s",  # noqa: S608
            [code],
        )
