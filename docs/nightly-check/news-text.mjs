// Reads the news from writeupp-mail (docs/scripting.md, "Being notified") and writes it for people to read.
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { host, items, more } = JSON.parse(text);
for (const { kind, site, message, hint, since, at } of items) {
  const when = kind === 'end' ? ` on ${at.slice(0, 10)}` : since === null ? '' : ` since ${since}`;
  console.log(`${site ?? 'This computer'}: ${kind}${when}\n${message}\n${hint}\n`);
}
if (more > 0)
  console.log(`${more} more follow next time. To see them now: writeupp-mail status --all`);
console.log(`Sent by writeupp-mail on ${host}.`);
