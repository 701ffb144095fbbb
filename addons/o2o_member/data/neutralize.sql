-- A copy must not carry the key that turns code hashes back into six digits.
UPDATE ir_config_parameter
   SET value = md5(random()::text) || md5(clock_timestamp()::text)
 WHERE key = 'o2o_member.hash_key';

-- Supervisors approve with their own PIN where they work, not in a copy.
UPDATE res_users SET o2o_pin_hash = NULL;
