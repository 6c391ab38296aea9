/** The subject of the test message, apart from its composing: help and questions name it too. */

/** WriteUpp's own instructions tell people to look for exactly this. */
export const TEST_SUBJECT = 'Gmail Test Connection from WriteUpp';
