/** Escapes text for HTML, so that all of it is shown and none of it interpreted. */

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
