/** The only scope requested besides the person's identity; it can send, and can't read anything. */
export const SEND_SCOPE = 'https://www.googleapis.com/auth/gmail.send';
