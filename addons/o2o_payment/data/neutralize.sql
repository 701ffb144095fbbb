-- a copy of the database speaks with no gateway and holds no key of one
UPDATE payment_provider
   SET o2o_environment = 'sandbox',
       o2o_simulator_url = NULL,
       o2o_alipay_app_id = NULL,
       o2o_alipay_seller_id = NULL,
       o2o_alipay_private_key = NULL,
       o2o_alipay_public_key = NULL,
       o2o_alipay_app_certificate = NULL,
       o2o_alipay_certificate = NULL,
       o2o_alipay_root_certificate = NULL,
       o2o_wechat_mchid = NULL,
       o2o_wechat_app_id = NULL,
       o2o_wechat_serial_no = NULL,
       o2o_wechat_private_key = NULL,
       o2o_wechat_api_key = NULL,
       o2o_wechat_public_key_id = NULL,
       o2o_wechat_public_key = NULL,
       o2o_wechat_certificates = NULL,
       o2o_wechat_app_secret = NULL,
       o2o_wechat_tells_shipping = FALSE,
       o2o_unionpay_merchant_no = NULL,
       o2o_unionpay_pfx = NULL,
       o2o_unionpay_pfx_password = NULL,
       o2o_unionpay_middle_certificate = NULL,
       o2o_unionpay_root_certificate = NULL
 WHERE code IN ('o2o_alipay', 'o2o_wechat', 'o2o_unionpay');
-- what waits for a gateway waits for nobody here
UPDATE o2o_payment_intent
   SET next_at = NULL,
       token = md5(id || random()::text),
       qr_text = NULL,
       page_url = NULL;
UPDATE o2o_payment_event SET next_at = NULL, body = NULL, headers = NULL;
UPDATE o2o_payment_refund SET next_at = NULL;
UPDATE o2o_payment_shipping SET next_at = NULL;
