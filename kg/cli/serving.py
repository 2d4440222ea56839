"""The graph as a service on the web."""

from __future__ import annotations

import ipaddress
import socket
import threading
import webbrowser

import click

from kg.cli.common import cli, options, store_option


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen at; 0.0.0.0 lets other machines in.")
@click.option("--port", default=8321, show_default=True, type=click.IntRange(0, 65535), help="Port to listen at; 0 for any free one.")
@click.option("--timeout", default=10.0, show_default=True, type=click.FloatRange(0.1, 3600), metavar="SECONDS", help="Time that a query may take.")
@click.option("--max-rows", default=100_000, show_default=True, type=click.IntRange(1), help="Rows that a query may give; more are cut off.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes that answer queries.")
@click.option("--cors", multiple=True, metavar="ORIGIN", help="Web site whose pages may ask, such as https://example.org; * for all.")
@click.option("--open", "browse", is_flag=True, help="Open it in a browser.")
@options(store_option)
def serve(store: str, host: str, port: int, timeout: float, max_rows: int, workers: int, cors: tuple[str, ...], browse: bool) -> int:
    """Serve the graph on the web: SPARQL endpoint at /sparql, and pages for people.

    It only reads, and goes over to the new graph when a build has made one. Ctrl-C ends it.
    """
    from kg.query.pool import Limits
    from kg.serve.app import app
    from kg.serve.connection import server
    from kg.serve.safety import LOOPBACK
    from kg.store import is_url

    if is_url(store):
        copy = f"write one with kg export --store {store} -o graph.trig and name that file"
        raise click.UsageError(f"{store} is a server, and only graphs on this machine are served; to serve a copy of it, {copy}")
    with _listening(host, port) as listener:
        name = f"[{host}]" if ":" in host else host
        hosts = LOOPBACK | {name} if _is_loopback(host) else ()
        service = app(store, limits=Limits(seconds=timeout, rows=max_rows), workers=workers, hosts=hosts, origins=cors)
        address = f"http://{name}:{listener.getsockname()[1]}/"
        click.echo(f"serving {store} at {address} (SPARQL at {address}sparql); Ctrl-C ends it", err=True)
        if browse:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        server(service).run(sockets=[listener])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    from kg.errors import KGError

    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=256)
    except OSError as error:
        reason = error.strerror or error
        raise KGError(f"{host} port {port} cannot be listened at: {reason}; choose another with --port or --host") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cli.command()
@options(store_option)
def mcp(store: str) -> int:
    """Let an assistant ask the graph: Model Context Protocol on standard input and output.

    Put "kg mcp --store FOLDER" where your assistant keeps its servers. It takes the extra: pip install 'dealgraph[mcp]'.
    """
    from kg.mcp import serve

    serve(store)
    return 0
