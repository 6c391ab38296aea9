/** The subject of the test message, in a separate file because help and prompts name it too. */

/** WriteUpp's own instructions tell people to look for exactly this. */
export const TEST_SUBJECT = 'Gmail Test Connection from WriteUpp';
