-- A copy must not carry the key that turns code hashes back into six digits.
UPDATE ir_config_parameter
   SET value = md5(random()::text) || md5(clock_timestamp()::text)
 WHERE key = 'o2o_member.hash_key';
