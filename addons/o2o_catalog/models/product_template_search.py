from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib import search_text

#: what ts_rank gives for a match of weight D, C, B, A
_RANK_WEIGHTS = [0.05, 0.2, 0.5, 1.0]
#: nobody leafs further; the rest is found by another word
MAX_RESULTS = 2000


class ProductTemplate(models.Model):
    """The shop search: name, brand, origin, vintage, spec, tags, pinyin (SRCH-01)."""

    _inherit = "product.template"

    o2o_search_vector = fields.Text(
        compute="_compute_o2o_search_vector",
        store=True,
        prefetch=False,
        export_string_translation=False,
        help="Technical: the words this product is found by",
    )

    _o2o_search_vector_idx = models.Index(
        "USING gin (((o2o_search_vector)::tsvector))"
        " WHERE o2o_search_vector IS NOT NULL"
    )

    @api.depends(
        "name",
        "default_code",
        "barcode",
        "product_variant_ids.default_code",
        "product_variant_ids.barcode",
        "description_sale",
        "o2o_brand_id.name",
        "o2o_origin",
        "o2o_vintage",
        "o2o_degree",
        "o2o_net_content_ml",
        "o2o_aroma",
        "product_tag_ids.name",
        "public_categ_ids.name",
    )
    def _compute_o2o_search_vector(self):
        """In every language of the database: an index has no reader."""
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        translated = [self.with_context(lang=code) for code in languages]
        for at, template in enumerate(self):
            groups = []
            for records in translated:
                groups += records[at]._o2o_search_groups()
            template.o2o_search_vector = search_text.vector(groups) or False

    def _o2o_search_groups(self):
        """Texts of one language, the most telling first.

        :return: list of (weight A to D, list of tokens)
        """
        self.ensure_one()
        tokens = search_text.document_tokens
        labels = dict(self._fields["o2o_aroma"]._description_selection(self.env))
        codes = [self.default_code, self.barcode]
        for variant in self.product_variant_ids:
            codes += [variant.default_code, variant.barcode]
        numbers = [
            self.o2o_vintage and f"{self.o2o_vintage} {self.o2o_vintage}年",
            self.o2o_degree and f"{self.o2o_degree:g} {self.o2o_degree:g}度",
            self.o2o_net_content_ml and f"{self.o2o_net_content_ml}ml",
        ]
        tags = [*self.product_tag_ids, *self.public_categ_ids]
        return [
            ("A", tokens(self.name, pinyin=True)),
            ("B", tokens(self.o2o_brand_id.name, pinyin=True)),
            ("B", tokens(" ".join(filter(None, codes)))),
            ("C", tokens(self.o2o_origin, pinyin=True)),
            ("C", tokens(" ".join(filter(None, numbers)))),
            ("C", tokens(labels.get(self.o2o_aroma))),
            ("C", tokens(" ".join(tag.name or "" for tag in tags), pinyin=True)),
            ("D", tokens(self.description_sale)),
        ]

    # === SEARCH === #

    @api.model
    def _search_fetch(self, search_detail, search, limit, order):
        """Find and rank by words; what the visitor sorted by goes first.

        Odoo's own way (ILIKE on a few columns, one after the other) stays for searches
        that hold no word at all.
        """
        if search_detail.get("model") != self._name or not search:
            return super()._search_fetch(search_detail, search, limit, order)
        ranks = self._o2o_find(search)
        if ranks is None:
            return super()._search_fetch(search_detail, search, limit, order)
        domain = Domain.AND(search_detail["base_domain"])
        domain &= Domain("id", "in", list(ranks))
        model = self.sudo() if search_detail.get("requires_sudo") else self
        order = search_detail.get("order", order)
        found = model.search(domain, order=order)
        if self._o2o_is_ranked_by_relevance(order):
            found = found.sorted(lambda template: ranks[template.id], reverse=True)
        count = len(found)
        return (found[:limit] if limit else found), count

    @api.model
    def _o2o_is_ranked_by_relevance(self, order):
        """Whether the visitor left the order to the shop."""
        chosen = (order or "").replace("is_published desc,", "").strip()
        return not chosen or chosen.startswith("website_sequence")

    @api.model
    def _o2o_find(self, search):
        """Products by words, whatever their website, rights and state.

        When the characters find nothing, what sounds the same is tried: 来茅 for 赖茅.

        :return: ``{id: rank}``, or None when the text holds no word
        """
        queries, years = [], []
        terms = search_text.split_terms(search)
        alternatives = self.env["o2o.search.synonym"]._get_alternatives()
        for term in terms:
            span = search_text.years_of(term)
            if span:
                years.append(span)
                continue
            words = alternatives.get(term, (term,))
            queries.append(
                search_text.any_of(search_text.term_query(word) for word in words)
            )
        query = search_text.all_of(queries)
        if not query and not years:
            return None
        ranks = self._o2o_match(query, years, search)
        sounds = [search_text.sound_of(term) or term for term in terms]
        if not ranks and not years and sounds != terms:
            query = search_text.all_of(map(search_text.term_query, sounds))
            ranks = self._o2o_match(query, years, search)
        return ranks

    @api.model
    def _o2o_match(self, query, years, search):
        """Best matches of a ``tsquery``; a name with the whole text comes first."""
        self.flush_model(["o2o_search_vector", "o2o_vintage", "name", "active"])
        conditions = [SQL("o2o_search_vector IS NOT NULL"), SQL("active")]
        rank = SQL("0")
        if query:
            conditions.append(SQL("o2o_search_vector::tsvector @@ %s::tsquery", query))
            rank = SQL(
                "ts_rank(%s::float4[], o2o_search_vector::tsvector, %s::tsquery)",
                _RANK_WEIGHTS,
                query,
            )
        for first, last in years:
            conditions.append(SQL("o2o_vintage BETWEEN %s AND %s", first, last))
        whole = search_text.normalize(search).strip()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id,
                       %(rank)s
                       + CASE WHEN position(%(whole)s IN lower(name::text)) > 0
                              THEN 1 ELSE 0 END AS rank
                  FROM product_template
                 WHERE %(conditions)s
              ORDER BY rank DESC, id
                 LIMIT %(limit)s
                """,
                rank=rank,
                whole=whole,
                conditions=SQL(" AND ").join(conditions),
                limit=MAX_RESULTS,
            )
        )
        return dict(rows)
