-- a copy of the database must not drive the printers of the real stores
UPDATE o2o_box
   SET state = CASE WHEN state = 'paired' THEN 'revoked' ELSE state END,
       token_hash = NULL,
       next_token_hash = NULL,
       pairing_code_hash = NULL,
       pairing_expires_at = NULL,
       bus_channel = NULL;
UPDATE o2o_cloud_account
   SET secret = NULL,
       access_token = NULL;
UPDATE o2o_printer
   SET cloud_key = NULL,
       cloud_token_hash = NULL;
DELETE FROM o2o_reader_event;
