from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import pytest
from news import kg

from kg.config import load
from kg.errors import SettingsError
from kg.model import Document, Problem, to_json
from kg.read import read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, content: str | bytes) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ids(*sources: str) -> list[str]:
    return [record.id for record in read(sources) if isinstance(record, Document)]


def texts(*sources: str, stdin: bytes = b"") -> list[str]:
    return [record.text for record in read(sources, stdin=io.BytesIO(stdin)) if isinstance(record, Document)]


def problems(*sources: str) -> list[tuple[str, str]]:
    return [(record.source, record.reason) for record in read(sources) if isinstance(record, Problem)]


def test_text_comes_as_it_is(folder: Path) -> None:
    write("a.txt", "\ufeffOne \r\ntwo\rthree\n\n 😀 ")
    assert list(read(["a.txt"], corpus="weekly")) == [Document(id="a.txt", text="One \r\ntwo\rthree\n\n 😀 ", corpus="weekly", source="a.txt")]


def test_ids_are_the_base_name_of_a_file_and_the_path_within_a_folder(folder: Path) -> None:
    write("news/may/a.txt", "A")
    write("news/b.txt", "B")
    assert ids("news") == ["b.txt", "may/a.txt"]
    assert ids(str(folder / "news")) == ["b.txt", "may/a.txt"]
    assert ids("news/may/a.txt") == ["a.txt"]
    assert ids("news/*/*.txt") == ["a.txt"]


def test_a_row_gives_its_seven_fields_and_nothing_else(folder: Path) -> None:
    row = {"id": "r1", "text": "T", "lang": "en", "title": "H", "date": "2024-05-01", "url": "https://example.org", "publisher": "P", "entities": [1]}
    write("rows.jsonl", "\ufeff" + json.dumps(row) + "\r\n\n" + json.dumps({"id": 7, "text": "U\r\n", "date": None}))
    assert list(read(["rows.jsonl"])) == [
        Document(id="r1", text="T", lang="en", title="H", date="2024-05-01", url="https://example.org", publisher="P", source="rows.jsonl:1"),
        Document(id="7", text="U\r\n", source="rows.jsonl:3"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"text": "T"}', "missing required field `id`"),
        (b'{"id": "a", "text": 3}', "$.text"),
        (b"{", "truncated"),
        (b'{"id": "a", "text": "\x81"}', "utf-8"),
        (b'{"id": "a", "text": "\\ud800 and more"}', "surrogate"),
        (b'{"id": "a", "text": " \\n"}', "no text"),
        (b'{"id": "", "text": "T"}', "empty id"),
    ],
)
def test_a_bad_row_is_a_problem_and_stops_no_other(folder: Path, line: bytes, told: str) -> None:
    write("rows.jsonl", line + b'\n{"id": "good", "text": "T"}\n')
    assert ids("rows.jsonl") == ["good"]
    [(source, reason)] = problems("rows.jsonl")
    assert source == "rows.jsonl:1"
    assert told in reason.lower() or told in reason


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("empty.txt", b"", "no text"),
        ("blank.txt", b"\xef\xbb\xbf \r\n", "no text"),
        ("empty.jsonl", b"\n", "no rows"),
        ("paper.pdf", b"%PDF", "kind .pdf"),
        ("paper.pdf.gz", b"%PDF", "kind .gz"),
    ],
)
def test_a_bad_file_is_a_problem_and_stops_no_other(folder: Path, path: str, content: bytes, told: str) -> None:
    write(path, content)
    write("good.txt", "G")
    assert ids("good.txt", path) == ["good.txt"]
    [(source, reason)] = problems("good.txt", path)
    assert (source, told in reason) == (path, True)


def test_what_is_not_there_is_a_problem(folder: Path) -> None:
    (folder / "bare").mkdir()
    assert problems("no.txt") == [("no.txt", "No such file or directory; check the name and the rights")]
    assert [source for source, _ in problems("nothing", "x*.txt", "bare")] == ["bare", "nothing", "x*.txt"]


def test_files_of_other_kinds_in_a_folder_are_told_once(folder: Path) -> None:
    write("news/a.txt", "A")
    write("news/b.pdf", "B")
    write("news/c.pdf", "C")
    write("news/.hidden.txt", "D")
    assert ids("news") == ["a.txt"]
    assert problems("news") == [("news", "2 files in it are of kinds that are not read (.pdf); convert them to .txt, .md, .html, .jsonl or .csv")]


def test_results_of_a_build_are_no_sources(folder: Path) -> None:
    write("a.txt", "A")
    write("kg-out/store/CURRENT", "x")
    write("kg-out/problems.jsonl", '{"id": "p", "text": "P"}')
    assert ids(".") == ["a.txt"]
    assert problems(".") == []


def test_the_same_id_again_is_skipped_with_the_same_text_and_else_a_problem(folder: Path) -> None:
    write("one/a.txt", "A")
    write("two/a.txt", "A")
    write("three/a.txt", "other")
    assert ids("one/a.txt", "two/a.txt") == ["a.txt"]
    assert problems("one/a.txt", "two/a.txt") == []
    for order in (("one/a.txt", "three/a.txt"), ("three/a.txt", "one/a.txt")):
        assert [record.text for record in read(order) if isinstance(record, Document)] == ["A"]
        [(source, reason)] = problems(*order)
        assert source == "three/a.txt"
        assert "one/a.txt" in reason
        assert "--corpus" in reason


def test_a_file_name_that_is_no_utf8_gives_a_plain_id(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    write(name, "A")
    [document] = read([name])
    assert isinstance(document, Document)
    assert (document.id, document.source) == ("caf\\xe9.txt", "caf\\xe9.txt")
    assert ids(".") == ["caf\\xe9.txt"]
    to_json(document)


def test_stdin_is_rows_or_one_text() -> None:
    rows = io.BytesIO('{"id": "a", "text": "甲"}\n{"id": "b", "text": "B"}'.encode())
    assert [record.id for record in read(["-"], stdin=rows) if isinstance(record, Document)] == ["a", "b"]
    assert list(read(["-"], stdin=io.BytesIO("甲\n乙".encode()))) == [Document(id="stdin", text="甲\n乙", source="-")]
    assert texts("-", stdin=b'{ "id": 1,\t"text": "A"}') == ["A"]
    assert texts("-", stdin=b"{Arbel} is no row") == ["{Arbel} is no row"]
    assert texts("-", stdin=b"\n<!DOCTYPE html><html><body><p>Arbel has acquired <b>Nokora</b>.</p></body></html>") == ["Arbel has acquired Nokora."]
    assert texts("-", stdin=gzip.compress("乙".encode())) == ["乙"]


def test_a_name_without_a_suffix_is_read_by_what_it_holds(folder: Path) -> None:
    write("rows", '{"id": "a", "text": "A"}\n{"id": "b", "text": "B"}\n')
    write("notes", "Arbel {sic}")
    assert texts("rows", "notes") == ["Arbel {sic}", "A", "B"]


SENTENCES = {
    "utf-8": "Arbel 收购了塔沃系统。",
    "utf-8-sig": "Arbel 收购了塔沃系统。",
    "utf-16": "Arbel 收购了塔沃系统。\r\n😀",
    "utf-16-be-bom": "Arbel 收购了塔沃系统。",
    "gbk": "据知情人士透露，北岭汽车正考虑收购云杉医疗。",
    "gb18030": "青砚数据（QINGYAN）与㐀禾渡物流达成战略合作，双方未披露金额。",
    "big5": "據知情人士透露，北嶺汽車正考慮收購雲杉醫療。",
    "cp1252": "Arbel a racheté la société Nokora pour près de 200 millions d’euros, précise le communiqué.",
}


@pytest.mark.parametrize("encoding", SENTENCES)
def test_encodings_are_told_apart(folder: Path, encoding: str) -> None:
    text = SENTENCES[encoding]
    content = b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-be-bom" else text.encode(encoding)
    write("a.txt", content)
    write("a.md", content)
    assert texts("a.txt", "a.md") == [text, text]
    table = f'id,text\n1,"{text}"\n2,"{text}"\n'
    write("a.csv", b"\xfe\xff" + table.encode("utf-16-be") if encoding == "utf-16-be-bom" else table.encode(encoding))
    assert texts("a.csv") == [text, text]


ENGLISH = "Arbel has acquired Nokora, the company said on Monday. Nokora owns a large base of customers. "


SHORT = {
    "gb18030": """
澜湾科技周一宣布完成收购塔沃系统。
青砚数据与禾渡物流达成战略合作。
该交易面临监管审查和文化整合等挑战。
金檀电子拥有大量用户数据。
双方否认了有关合并的传闻。
分析师认为，价格约为二十五亿美元。
监管机构已对青砚数据展开调查。
北岭汽车2024年第三季度营收增长12%。
禾渡物流将出售其港口业务。
塔沃系统终止了与澜湾科技的谈判
股东大会批准了这项投资。
这家初创企业推出了新的图像识别产品。
公司股价周二下跌百分之三。
交易预计将于明年年中完成。
“我们没有收到任何要约。”发言人说。
金檀电子起诉北岭汽车侵犯专利权。
青砚数据的竞争对手也在寻找买家。
媒体报道称，双方已经签署意向书。
公司亟需高质量的训练数据。
目前，两家公司均未发表正式声明。""",
    "big5": """
瀾灣科技週一宣布完成收購塔沃系統。
青硯數據與禾渡物流達成戰略合作。
該交易面臨監管審查和文化整合等挑戰。
金檀電子擁有大量用戶數據。
雙方否認了有關合併的傳聞。
分析師認為，價格約為二十五億美元。
監管機構已對青硯數據展開調查。
北嶺汽車2024年第三季度營收增長12%。
禾渡物流將出售其港口業務。
塔沃系統終止了與瀾灣科技的談判
股東大會批准了這項投資。
這家新創企業推出了新的圖像辨識產品。
公司股價週二下跌百分之三。
交易預計將於明年年中完成。
「我們沒有收到任何要約。」發言人說。
金檀電子起訴北嶺汽車侵犯專利權。
青硯數據的競爭對手也在尋找買家。
媒體報導稱，雙方已經簽署意向書。
公司亟需高品質的訓練資料。
目前，兩家公司均未發表正式聲明。""",
    "cp1252": """
Le siège de Lindqvist reste à Besançon, précise le communiqué.
Falkenrath Motors übernimmt die Gießerei Lindqvist.
Die Aktionäre müssen zustimmen.
La compañía Tavor Systems compró Ostrava Glass en mayo.
El señor Ibáñez negó la operación.
Nokora är intresserad av att köpa Arbel.
Société Arbel declined to comment.
Nestlé and Arbel signed a deal.
Café chain Nokora is for sale.
The naïve view is that Arbel will not pay.
Mr. Søren Kjær leads Nokora.
A empresa Arbel não comentou a operação.
Das Geschäft dürfte im Frühjahr abgeschlossen sein.
Malmö-based Nokora has acquired Tavor.
Zürich Holdings invests in Arbel.
Le résumé a été publié à Genève.
Arbel führt Gespräche mit Nokora über eine Fusion.
The price is £25 million, Arbel said.
Arbel’s offer – its third – was rejected, the “board” said.
Ein Börsengang wäre möglich.""",
}


@pytest.mark.parametrize("encoding", SHORT)
def test_twenty_short_sentences_of_each_encoding_are_read_and_with_english_around_them(folder: Path, encoding: str) -> None:
    for form in ("{}", "{}" + ENGLISH.replace("Arbel", "Tavor"), ENGLISH + "{}"):
        written = [form.format(sentence) for sentence in SHORT[encoding].strip().split("\n")]
        assert len(written) == 20
        for number, text in enumerate(written):
            write(f"{number:02d}.txt", text.encode(encoding))
        assert texts(".") == written


@pytest.mark.parametrize(
    "content",
    [
        "青砚数据与禾渡物流达成战略合作。".encode() + b"\xff" + "双方未披露金额。".encode(),
        "Le siège de Lindqvist reste à Besançon, précise le communiqué.".encode() + b"\xe9",
        b"Arbel \x81\x8d\x90",
    ],
)
def test_damaged_text_is_a_problem_and_not_another_encoding(folder: Path, content: bytes) -> None:
    write("a.txt", content)
    [(source, reason)] = problems("a.txt")
    assert (source, reason.startswith("not UTF-8 nor another known encoding")) == ("a.txt", True)
    write("a.csv", b"id,text\n1,good\n2," + content + b"\n3,good\n")
    assert texts("a.csv") == ["good", "good"]
    assert [source for source, _ in problems("a.csv")] == ["a.csv:3"]


PAGE = """<!DOCTYPE html>
<html><head><meta charset="{charset}"><title>{title} | {site}</title><meta property="og:title" content="{title}">
<meta property="og:site_name" content="{site}"><meta property="article:published_time" content="2024-05-03T08:00:00+08:00">
<meta property="article:modified_time" content="2024-06-30"><link rel="canonical" href="https://news.example/deals/7.html"></head>
<body><nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<article><h1>{title}</h1><p>{first}</p><p>{second}</p></article>
<aside>Read also: Lindqvist sues Ostrava</aside><footer>Copyright 2021 {site}</footer></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_a_page_gives_its_article_and_its_metadata(folder: Path, charset: str) -> None:
    first, second = "澜湾科技周一宣布完成收购<b>塔沃系统</b>。", "塔沃系统拥有大量用户数据 &amp; 专利。"
    write("page.html", PAGE.format(charset=charset, title="澜湾科技收购塔沃系统", site="江岸新闻网", first=first, second=second).encode(charset))
    [document] = read(["page.html"])
    assert document == Document(
        id="page.html",
        text="澜湾科技收购塔沃系统\n澜湾科技周一宣布完成收购塔沃系统。\n塔沃系统拥有大量用户数据 & 专利。",
        title="澜湾科技收购塔沃系统",
        date="2024-05-03",
        url="https://news.example/deals/7.html",
        publisher="江岸新闻网",
        source="page.html",
    )


def test_pages_are_read_alike_in_any_order_and_a_page_without_an_article_is_a_problem(folder: Path) -> None:
    for number in range(3):
        write(f"{number}.htm", PAGE.format(charset="utf-8", title=f"Deal {number}", site="Arbel Weekly", first=ENGLISH, second=f"It paid {number}."))
    write("bare.html", "<p>Arbel &lt;b&gt; has acquired <a href='x'>Nokora</a>&#1;.</p>")
    write("empty.html", "<html><body><script>alert(1)</script></body></html>")
    alone = [record for name in ("0.htm", "1.htm", "2.htm", "bare.html") for record in read([name])]
    assert [record for record in read(["bare.html", "2.htm", "1.htm", "0.htm"]) if isinstance(record, Document)] == alone
    assert [record.text for record in alone if isinstance(record, Document)][-1] == "Arbel <b> has acquired Nokora."
    assert problems("empty.html") == [("empty.html", "no article was found in the page; save its text as .txt")]


def test_a_page_has_no_date_but_the_one_that_it_gives(folder: Path) -> None:
    write("a.html", f"<html><head><title>T</title></head><body><p>{ENGLISH}</p><p>Founded on 3 May 1998, sold on 2011-04-05.</p></body></html>")
    write("b.html", f"<html><head><meta name='date' content='2091-05-03'></head><body><p>{ENGLISH}</p></body></html>")
    assert [record.date for record in read(["a.html", "b.html"]) if isinstance(record, Document)] == [None, "2091-05-03"]


def test_markdown_stays_as_it_is(folder: Path) -> None:
    text = "---\ntitle: Deal\n---\n# Arbel\n\n*Arbel* has acquired [Nokora](https://x.example).\n"
    write("a.md", text)
    assert texts("a.md") == [text]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_table_is_rows_with_their_names_in_the_first_line(folder: Path, sign: str) -> None:
    lines = (
        ["\ufeffid", "text", "date", "publisher", "note"],
        ["1", '"One ""two""\r\nthree, four; five"', "2024-05-03", "P", "x"],
        ["b", "Two", "", "", ""],
    )
    write("a.csv", "\r\n".join(sign.join(line) for line in lines))
    assert list(read(["a.csv"])) == [
        Document(id="1", text='One "two"\r\nthree, four; five', date="2024-05-03", publisher="P", source="a.csv:2"),
        Document(id="b", text="Two", source="a.csv:4"),
    ]


def test_a_broken_row_of_a_table_costs_no_other(folder: Path) -> None:
    write("a.csv", 'id,text\n1,one\n2,"never closed\n3,three\n4,a,b\n5\n,six\n7," "\n8,"x"y\n\n9,"nine\nlines"\n')
    assert texts("a.csv") == ["one", "three", "nine\nlines"]
    told = dict(problems("a.csv"))
    assert list(told) == [f"a.csv:{number}" for number in (3, 5, 6, 7, 8, 9)]
    assert "3 cells for 2 columns" in told["a.csv:5"]
    assert "empty id" in told["a.csv:7"]
    assert "no text" in told["a.csv:8"]
    write("b.csv", "name,body\n1,one\n")
    assert problems("b.csv") == [("b.csv", "the first line names no column 'text' ('name', 'body'); name it with --text-field")]
    write("c.csv", "id,text\n\n")
    assert problems("c.csv") == [("c.csv", "there are no rows in it; leave it out")]


def test_rows_of_others_are_read_by_the_names_of_their_fields(folder: Path) -> None:
    write("a.jsonl", '{"key": 7, "title": "The text", "text": 3, "date": "2024"}')
    write("b.csv", "title;key\nThe other;b")
    found = list(read(["a.jsonl", "b.csv"], text_field="title", id_field="key"))
    assert found == [Document(id="7", text="The text", date="2024", source="a.jsonl:1"), Document(id="b", text="The other", source="b.csv:2")]
    done = kg("read", "a.jsonl", "b.csv", "--text-field", "title", "--id-field", "key", cwd=folder)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["7", "b"]
    write("kg.toml", 'text_field = "id"')
    with pytest.raises(SettingsError, match="cannot be the field of both"):
        load()


def test_packed_files_are_read_as_what_is_in_them(folder: Path) -> None:
    rows = '{"id": "a", "text": "A"}\n'
    page = PAGE.format(charset="utf-8", title="T", site="S", first=ENGLISH, second="Two.")
    for name, content in (("a.txt", "T"), ("b.jsonl", rows), ("c.csv", "id,text\nc,C"), ("d.html", page)):
        write(name + ".gz", gzip.compress(content.encode()))
    write("unpacked.txt.gz", "plain")
    assert ids(".") == ["a.txt.gz", "a", "c", "d.html.gz", "unpacked.txt.gz"]
    write("cut.jsonl.gz", gzip.compress(rows.encode() * 50_000)[:-20])
    [(source, reason)] = problems("cut.jsonl.gz")
    assert (source, "cut off or broken" in reason) == ("cut.jsonl.gz", True)


def test_patterns_name_files_at_any_depth_but_no_results(folder: Path) -> None:
    write("news/a.txt", "A")
    write("news/may/b.txt", "B")
    write("news/may/c.html", "<p>Arbel has acquired Nokora.</p>")
    write("news/kg-out/store/CURRENT", "x")
    write("news/kg-out/d.txt", "D")
    assert ids("news/**/*.txt") == ids(str(folder / "news/**/*.txt")) == ["a.txt", "b.txt"]
    assert ids("news/**") == ["a.txt", "b.txt", "c.html"]
    assert ids("news/*") == ["a.txt", "b.txt", "c.html"]
    assert ids("**/ma?/*.[th]*") == ["b.txt", "c.html"]


def test_a_file_named_twice_is_read_once(folder: Path) -> None:
    write("news/may/a.txt", "A")
    assert ids("news", "news/may/a.txt", "news/may", "./news/*/*.txt", str(folder / "news")) == ["may/a.txt"]
    assert problems("news", "news/may/a.txt") == []
