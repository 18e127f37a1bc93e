// What the server's head says of the selection and the screens (ui/server/head.py).
const table = JSON.parse(document.getElementById('sl-fields').textContent);

export const { parts, groups, voids, plotly } = table;
