"""The graph as a service: SPARQL, pages about things and documents, questions."""
