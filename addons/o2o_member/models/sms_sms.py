from odoo import models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    def _split_by_api(self):
        """Core sends through its own service here without asking the company."""
        by_company = self.grouped(lambda sms: sms._get_sms_company())
        for company, messages in by_company.items():
            api_class = company._get_sms_api_class()
            if api_class in company._o2o_sms_api_classes().values():
                api = api_class(self.env)
                api._set_company(company)
                yield api, messages
            else:
                yield from super(SmsSms, messages)._split_by_api()
