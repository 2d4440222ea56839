"""The tutorial of Dealgraph, in cells."""

# %% [markdown]
# # From an article to what drives a deal
#
# Run this from top to bottom, as a script or cell by cell (VS Code, Spyder and Jupyter with jupytext show `# %%` as cells). It reads the article
# that lies beside it, which says in English and in Chinese that OpenAI is *reported* to be considering Pinterest.

# %% Read it. Everything is written into a folder; here a temporary one.
import sys
import tempfile
from pathlib import Path

import kg

article = Path(kg.__file__).parent / "sample" / "openai-pinterest.txt"
folder = Path(tempfile.mkdtemp()) / "kg-out"
manifest, problems = kg.build([str(article)], folder, kg.Settings())
tell = sys.stdout.write
tell(f"{manifest.counts}\n\n")

# %% Ask it. A rumour is a claim with a source and a sentence; it is no fact, so the plain triple is not there.
store = kg.open_store(folder)
rumours = kg.ask(store, "rumours", company="Pinterest")
tell(kg.as_table(rumours, kg.names_in(store, rumours)) + "\n")
fact = kg.sparql(store, "ASK { company:openai kg:acquires company:pinterest }")
tell(f"Is it a fact? {kg.as_table(fact)}\n")

# %% Look at it. In a notebook, `kg.show(graph)` as the last line of a cell draws it; a script writes the page.
graph = kg.project(store)  # a networkx.MultiDiGraph whose edges carry status, sources and quotes
page = folder / "picture.html"
page.write_text(kg.show(graph).page, encoding="utf-8")
tell(f"open {page}\n\n")

# %% What does OpenAI want, and what would meet it? Each score names the edges that it rests on.
from kg.analyze import Background, known_from  # noqa: E402
from kg.gazetteer import Gazetteer  # noqa: E402

background = Background(known_from(Gazetteer.load()))  # so that it knows who makes DALL·E
for one in kg.strategies(graph, background):
    tell(f"{kg.label(graph, one.company)}\n")
    for want in one.wants:
        tell(f"  {want.relation} {kg.label(graph, want.thing)}\n")
        for fit in want.fits[:2]:
            tell(f"    {fit.score:.2f} {kg.label(graph, fit.holder or fit.helper)}: {fit.means} {kg.label(graph, fit.thing)}\n")
        if not want.fits:
            tell(f"    {want.why_none['en']}\n")
    for target in one.targets:
        tell(f"  with {kg.label(graph, target.target)}: {target.score:.2f}\n")

# %% What drives "AI + social", and what stands in its way?
from kg.analyze import drivers  # noqa: E402

for driver in drivers(graph, kg.find(store, "AI + social", "strategy")):
    tell(f"{driver.kind}: {kg.label(graph, driver.subject)} {driver.predicate} {kg.label(graph, driver.object)} ({driver.status})\n")

# %% How are two things joined? A fact makes a way shorter than a rumour does.
for path in kg.paths(graph, kg.find(store, "OpenAI", "company"), kg.find(store, "regulatory scrutiny")):
    tell(" · ".join(f"{kg.label(graph, step.subject)} {step.predicate} {kg.label(graph, step.object)}" for step in path.steps) + "\n")
