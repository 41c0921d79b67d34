import type { ScriptedGateway } from './scripted-gateway.ts'

const hour = 3_600_000

const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400">
<linearGradient id="s" x2="0" y2="1"><stop stop-color="#9db9cf"/><stop offset="1" stop-color="#f3d9b8"/></linearGradient>
<rect width="640" height="400" fill="url(#s)"/><path d="M0 300 160 190 250 260 400 130 640 310V400H0z" fill="#4a6272"/>
<path d="M0 350 200 280 420 340 640 300V400H0z" fill="#2e424f"/></svg>`

const table = `<table><thead><tr><th>Host</th><th align="right">Load</th><th align="right">Free disk</th><th>Last backup that was checked</th></tr></thead>
<tbody><tr><td>attic</td><td align="right">0.12</td><td align="right">41 GB</td><td>2 hours ago</td></tr>
<tr><td>cellar</td><td align="right">2.80</td><td align="right">3 GB</td><td>11 days ago</td></tr></tbody></table>`

const code = `<pre><code class="language-bash"># the oldest first, with their sizes
find /var/log -name '*.gz' -mtime +30 -printf '%TY-%Tm-%Td %s %p\\n' | sort | head -n 20 | column --table --output-separator '  '
du -sh /var/log
</code></pre>`

/** Fills the default chat with one of everything; returns the run that is still going on. */
export function fillWithSamples(gateway: ScriptedGateway): string {
  const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * hour).toISOString()
  const other = (id: string, text: string, hoursAgo: number) =>
    gateway.say(id, { role: 'user', text, at: at(hoursAgo) })
  gateway.status = {
    ...gateway.status,
    channels: {
      web: { state: 'up', since: at(30), detail: null },
      telegram: { state: 'up', since: at(3), detail: null },
      signal: {
        state: 'retrying',
        since: at(0.1),
        detail: 'No answer from http://127.0.0.1:8080. Next try in 20 seconds.',
      },
    },
  }
  gateway.files.set('/files/roof.png', { mime: 'image/svg+xml', data: Buffer.from(picture) })
  other(
    'garden',
    'When do I have to water the tomatoes if it stays this hot for the rest of the week?',
    50,
  )
  other('trip', 'Trip to Lisbon', 200)

  const say = gateway.say.bind(gateway, 'main')
  say({
    role: 'user',
    text: 'Which of the machines needs a look?',
    at: at(26),
    run: 'r1',
    state: 'completed',
  })
  say({
    run: 'r1',
    at: at(25.99),
    text: 'The cellar does.',
    html: `<p>The <strong>cellar</strong> does: its disk is nearly full, and its last checked backup is eleven days old.</p>${table}
<p>What I would do, in this order:</p><ol><li>Free space by removing compressed logs older than a month.</li><li>Run <code>backup --check</code> by hand.</li>
<li>Only then look at the load; it may come from <a href="https://example.org/journal">the journal</a>.</li></ol>`,
  })
  say({
    role: 'user',
    text: 'How do I find those logs?',
    at: at(1.2),
    run: 'r2',
    state: 'completed',
  })
  say({
    run: 'r2',
    at: at(1.19),
    text: 'Like this',
    html: `<p>This lists them without touching anything:</p>${code}<blockquote><p>Files under <code>/var/log/journal</code> belong to journald; let it clean up itself.</p></blockquote>
<ul><li><input type="checkbox" checked disabled> list them</li><li><input type="checkbox" disabled> look at a few</li></ul>`,
  })
  say({
    at: at(1.1),
    text: 'May I remove 14 files (2.1 GB)?',
    html: '<p>May I remove 14 files (2.1 GB) from <code>/var/log</code>?</p>',
    buttons: [
      [
        { label: 'Allow once', data: 'q1:once' },
        { label: 'Always', data: 'q1:always' },
        { label: 'Deny', data: 'q1:deny' },
      ],
    ],
  })
  say({ role: 'notice', text: 'The agent was restarted and goes on where it was.', at: at(1) })
  say({
    role: 'user',
    text: 'And this is what the roof looked like from https://photos.example.org/a-very-long-address-without-any-break-in-it-at-all/2026/roof.png this morning',
    at: at(0.2),
    run: 'r3',
    state: 'completed',
    attachments: [
      { name: 'roof.png', mime: 'image/png', size: 48_200, url: '/files/roof.png' },
      {
        name: 'measurements of the whole year, both sides.pdf',
        mime: 'application/pdf',
        size: 3_480_000,
        url: '/files/none',
      },
    ],
  })
  say({
    run: 'r3',
    at: at(0.19),
    text: 'Good. Then nothing has come loose.',
    html: '<p>Good. Then nothing has come loose.</p>',
  })
  say({ role: 'user', text: 'Why was the load so high?', at: at(0), run: 'r4', state: 'running' })
  return 'r4'
}
