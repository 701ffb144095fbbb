-- a copy of the database calls nobody for help
UPDATE o2o_store SET alert_url = NULL, alert_secret = NULL, alert_phone = NULL;
UPDATE o2o_store_alert SET state = 'void' WHERE state = 'waiting';
