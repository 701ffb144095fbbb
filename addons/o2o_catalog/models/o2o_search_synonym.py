import re

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..lib.search_text import normalize

_SEPARATORS = re.compile(r"[,，、;；\n]+")


class O2oSearchSynonym(models.Model):
    """Words that mean the same to a customer: whoever types one finds all (SRCH-01)."""

    _name = "o2o.search.synonym"
    _description = "Synonyms of the shop search"
    _rec_name = "words"
    _order = "words, id"

    words = fields.Char(
        required=True,
        help="Words with commas between them: 飞天, 茅台, feitian",
    )
    active = fields.Boolean(default=True)

    @api.constrains("words")
    def _check_words(self):
        for record in self:
            if len(record._get_words()) < 2:
                raise ValidationError(
                    self.env._("Write at least two words, with commas between them.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _get_words(self):
        self.ensure_one()
        words = (
            normalize(word).strip() for word in _SEPARATORS.split(self.words or "")
        )
        return [word for word in dict.fromkeys(words) if word]

    @api.model
    @tools.ormcache()
    def _get_alternatives(self):
        """:return: ``{word: tuple of words that mean the same}``, the word included"""
        alternatives = {}
        # sudo: visitors search, only managers see the list
        for record in self.sudo().search([("active", "=", True)]):
            words = record._get_words()
            for word in words:
                known = alternatives.get(word, ())
                alternatives[word] = tuple(dict.fromkeys((*known, *words)))
        return alternatives
