// Prints how many nodes and edges graphology, which Gephi Lite is built on, reads from the GEXF file on stdin.
import { readFileSync } from "node:fs";
import graphology from "graphology";
import gexf from "graphology-gexf";

const graph = gexf.parse(graphology.MultiDirectedGraph, readFileSync(0, "utf8"));
console.log(JSON.stringify({ nodes: graph.order, edges: graph.size }));
