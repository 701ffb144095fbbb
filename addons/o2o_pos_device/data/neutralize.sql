-- a copy of the database must not drive the printers of the real stores
UPDATE o2o_box
   SET state = CASE WHEN state = 'paired' THEN 'revoked' ELSE state END,
       token_hash = NULL,
       next_token_hash = NULL,
       pairing_code_hash = NULL,
       pairing_expires_at = NULL,
       bus_channel = NULL;
DELETE FROM o2o_reader_event;
