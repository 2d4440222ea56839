"""Claims and decisions become RDF: one named graph per document, one for what was decided.

Section "Terms in the graph" of the README is what this module writes. Quads come without order or repetition; whoever writes a file sorts them.
"""

from kg.rdf.decided import Thread, entities_quads
from kg.rdf.document import document_quads
from kg.rdf.said import Statement, statements

__all__ = ["Statement", "Thread", "document_quads", "entities_quads", "statements"]
