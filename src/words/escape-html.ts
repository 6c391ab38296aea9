/** Text for a page or a message in HTML: whatever is in it is shown, and nothing of it obeyed. */

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
