/** Formats the paragraphs of a note that is ready to forward by email. */

/** The longest line, in characters (RFC 5322 section 2.1.1), so that the note can be pasted into any email. */
const WIDTH = 78;

/** Breaks a paragraph at spaces and indents each line; only a single word may exceed 78 characters. */
export function paragraph(text: string, indent = ''): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    const gap = line === indent ? '' : ' ';
    if (line !== indent && line.length + gap.length + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else {
      line += gap + word;
    }
  }
  return [...lines, line].join('\n');
}
