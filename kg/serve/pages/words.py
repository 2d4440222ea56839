"""What the pages say of themselves, in English and Chinese."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from kg import vocab

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = {
    "aka": ("Also called", "其他名称"),
    "all": ("all", "全部"),
    "answer": ("Answer", "结果"),
    "article_voice": ("the article itself", "文章自身"),
    "ask": ("Ask", "提问"),
    "ask_intro": ("Each question is a SPARQL query that you can read, change and run.", "每个问题都是一条可阅读、修改和运行的 SPARQL 查询。"),
    "ask_lead": ("Ask a question", "提一个问题"),
    "around": ("Draw what it is joined to", "查看关系图"),
    "as_data": ("This page as data", "本页数据"),
    "as_json": ("as JSON", "JSON 格式"),
    "bad": ("That cannot be answered", "无法回答"),
    "by_status": ("Deals by status", "按状态列出的交易"),
    "changed": ("status changes", "状态变化"),
    "citing": ("citing", "援引"),
    "claim": ("Claim", "主张"),
    "claims": ("Claims", "主张"),
    "confidence": ("Likely read rightly", "读取置信度"),
    "deals": ("Deals", "交易"),
    "disputed": ("disputed", "有争议"),
    "document": ("Article", "文章"),
    "documents": ("Articles", "文章"),
    "edge": ("Relation", "关系"),
    "fields": ("All that the graph holds of it", "图中的全部字段"),
    "find": ("Search", "搜索"),
    "first_last": ("Told of from {0} to {1}", "报道时间：{0} 至 {1}"),
    "form_needs": ("needed", "必填"),
    "home": ("Start", "首页"),
    "in_other": ("中文", "English"),
    "is_said": ("What is said of it", "相关说法"),
    "latest": ("Latest articles", "最新文章"),
    "links": ("Known elsewhere as", "外部链接"),
    "lists": ("What lists know it as", "名录条目"),
    "main": ("Skip to the content", "跳到正文"),
    "matched": ("found as", "匹配"),
    "matter": ("Who and what matters", "重要的公司与事物"),
    "missing": ("There is no such thing in this graph", "图中没有这一项"),
    "more_claims": ("{0} older claims are left out;", "另有 {0} 条较早的主张未列出；"),
    "more_deals": ("{0} more deals are left out:", "另有 {0} 笔交易未列出："),
    "more_relations": ("{0} more relations are left out:", "另有 {0} 条关系未列出："),
    "names": ("Names", "名称"),
    "near": ("Near to it:", "相近的有："),
    "no_text": ("The text is not at hand here; these are the sentences that the graph quotes.", "此处没有全文，以下是图中引用的句子。"),
    "nobody": ("No claim is recorded.", "没有记录任何主张。"),
    "none_found": ("Nothing is called so.", "没有找到。"),
    "none_rows": ("No rows.", "没有结果。"),
    "not_read": ("{0} is not one of the forms", "{0} 不在可用格式之内"),
    "open_query": ("Open in the query page", "在查询页打开"),
    "original": ("Read it where it was published", "阅读原文"),
    "other_source": ("{0} independent sources", "{0} 个独立来源"),
    "one_source": ("1 independent source", "1 个独立来源"),
    "parties": ("Parties", "参与方"),
    "query": ("Query", "查询"),
    "query_intro": (
        "SPARQL 1.1 over this graph, read only. Nothing that you type is kept or sent elsewhere.",
        "对本图的 SPARQL 1.1 只读查询。输入内容不会被保存，也不会发往别处。",
    ),
    "query_noscript": ("The editor needs JavaScript; without it, send queries here:", "编辑器需要 JavaScript；否则请直接访问以下地址："),
    "questions": ("Questions", "问题"),
    "relations": ("Relations", "关系"),
    "results": ("{0} found", "找到 {0} 项"),
    "rows": ("{0} rows", "{0} 行"),
    "says": ("says", "说"),
    "says_what": ("What it says", "它的说法"),
    "search_hint": ("A name, in English or Chinese", "名称（中文或英文）"),
    "sentence": ("Sentence", "句子"),
    "source": ("Who says so", "说法来源"),
    "sparql": ("The query", "查询语句"),
    "stage": ("Stage", "阶段"),
    "start_lead": (
        "Business news as a graph: every line says who claims it, how sure, at which stage, and in which words.",
        "商业新闻知识图谱：每条关系都注明是谁说的、有多确定、处于哪一阶段、原话如何。",
    ),
    "status": ("Status", "状态"),
    "superseded": ("taken back further down in the article", "文中后来收回"),
    "text": ("Text", "正文"),
    "timeline": ("Timeline", "时间线"),
    "undated": ("undated", "无日期"),
    "view": ("Graph", "图谱"),
    "view_all": ("See the whole graph", "查看整个图谱"),
    "unsaid": ("status not said", "状态未说明"),
    "help_company": ("A company, body or person: a name in either language, or an IRI.", "公司、机构或人物：任一语言的名称，或 IRI。"),
    "help_date": (
        "A day, month or year, itself included, such as 2025-11-06, 2025-11 or 2025.",
        "日、月或年（含当期），如 2025-11-06、2025-11 或 2025。",
    ),
    "help_number": ("A number, such as 0.5.", "数字，如 0.5。"),
    "help_person": ("A person: a name in either language, or an IRI.", "人物：任一语言的名称，或 IRI。"),
    "help_strategy": ("A strategy: its label in either language, or an IRI.", "战略：任一语言的名称，或 IRI。"),
    "help_thing": (
        "A company, person, product, deal or anything else that has a name: a name in either language, or an IRI.",
        "公司、人物、产品、交易或其他任何有名称的事物：任一语言的名称，或 IRI。",
    ),
    "help_deal": ("A deal: its label in either language, or an IRI.", "交易：任一语言的名称，或 IRI。"),
    "help_document": ("An article: its id or headline, or an IRI.", "文章：编号或标题，或 IRI。"),
    "help_edge": ("An edge: its IRI, long or short (edge:…).", "关系：其 IRI，完整或缩写（edge:…）。"),
    "help_source": ("Who says so: a name in either language, or an IRI.", "说法来源：任一语言的名称，或 IRI。"),
    "help_status": ("A status.", "状态。"),
    "help_text": ("Any words.", "任意文字。"),
}
"""Key: (English, Chinese)."""

FIGURE_NAMES = {"amount": ("amount", "金额"), "share": ("share", "份额"), "eventDate": ("planned or done", "发生时间")}


def word(key: str, language: str, *values: object) -> str:
    """A phrase of the pages with these values in it.

    >>> word("results", "zh", 3)
    '找到 3 项'
    """
    return WORDS[key][language == "zh"].format(*values)


def term(name: str, language: str) -> str:
    """A term of the ontology as people say it, or the name itself.

    >>> term("Rumoured", "en"), term("Rumoured", "zh")
    ('rumoured', '传闻')
    """
    return vocab.term_labels().get(name, {}).get(language, name)


def figures(told: Iterable[tuple[str, str]], language: str) -> list[tuple[str, str]]:
    """What a claim says in numbers, as names and values for people.

    >>> figures([("amount", "40000000"), ("currency", "USD"), ("share", "0.12")], "en")
    [('amount', '40,000,000 USD'), ('share', '12%')]
    """
    given = dict(told)
    found = []
    if "amount" in given:
        amounts = "–".join(_number(given[name]) for name in ("amount", "amountMax") if name in given)
        found.append(("amount", f"{amounts} {given.get('currency', '')}".strip()))
    if "share" in given:
        found.append(("share", _percent(given["share"])))
    when = [given[name] for name in ("eventDateText", "eventDate") if name in given]
    if when:
        found.append(("eventDate", when[0] if len(when) == 1 else f"{when[0]} ({when[1]})"))
    return [(FIGURE_NAMES[name][language == "zh"], value) for name, value in found]


def _number(text: str) -> str:
    return f"{int(text):,}" if re.fullmatch(r"\d+", text, re.ASCII) else text


def _percent(text: str) -> str:
    try:
        return f"{(Decimal(text) * 100).normalize():f}%"
    except InvalidOperation:
        return text
