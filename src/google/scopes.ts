/** What is asked for at Google. */

/** The only permission asked for beside the person's identity; it can send, and read nothing. */
export const SEND_SCOPE = 'https://www.googleapis.com/auth/gmail.send';
