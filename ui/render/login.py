"""The login page: no script, no file of its own."""

from urllib.parse import quote

from markupsafe import Markup

from ui.render.parts import tag

_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:100vh;margin:0;
background:light-dark(#f8fafc,#0b1120);color:light-dark(#0f172a,#e2e8f0)}
form{width:min(320px,86vw);padding:28px;border:1px solid light-dark(#cbd5e1,#334155);
border-radius:6px;background:light-dark(#fff,#0f172a)}
h1{font-size:20px;margin:0 0 16px}label{display:block;margin:12px 0 4px}
input{width:100%;box-sizing:border-box;padding:8px 10px;font:inherit;border-radius:4px;
border:1px solid light-dark(#94a3b8,#475569);background:transparent;color:inherit}
button{margin-top:18px;width:100%;padding:9px;font:inherit;font-weight:700;border:0;
border-radius:4px;background:#4f46e5;color:#fff;cursor:pointer}
p{color:light-dark(#b91c1c,#fca5a5);margin:12px 0 0}
"""


def render_login(target: str, problem: str = "") -> Markup:
    """Return the page; after logging in the browser goes on to `target`."""
    alert = tag("p", problem, role="alert") if problem else ""
    return Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<title>Second Look: log in</title><meta name="viewport" content="width=device-width">'
        f"<style>{_STYLE}</style></head><body>"
        f'<form method="post" action="/login?next={quote(target, safe="")}"><h1>Second Look</h1>'
        '<label for="user">User</label>'
        '<input id="user" name="user" autocomplete="username" required autofocus>'
        '<label for="password">Password</label><input id="password" name="password" '
        'type="password" autocomplete="current-password" required>'
        f"<button>Log in</button>{alert}</form></body></html>"
    )
