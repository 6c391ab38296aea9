/** Node's error codes for rejected certificates, shared by Google and mail servers. */

/** For a certificate that this computer does not trust (Node's `tls` documentation, X509 errors). */
export const UNTRUSTED_CERTIFICATE = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'CERT_UNTRUSTED',
  'INVALID_CA',
] as const;

/** For a certificate whose dates do not fit this computer's clock. */
export const CERTIFICATE_DATES = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'] as const;

/** For a certificate made out for another name. */
export const CERTIFICATE_NAME = ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'] as const;
