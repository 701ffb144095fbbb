-- A PIN has six digits: whoever holds a copy of its hash has it soon.
UPDATE o2o_wallet SET pin_hash = NULL, pin_failures = 0, pin_locked_until = NULL;
