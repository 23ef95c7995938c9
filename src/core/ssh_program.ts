/**
 * The one program that a worker may start, by its full path: a search path could lead elsewhere, and the runtime says
 * aloud when a plain name is not found. Only `hearth key fetch` is granted it.
 */
export const SSH_PROGRAM = "/usr/bin/ssh";
