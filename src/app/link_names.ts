/** Link of the house agent to its LTN; also PeerName in communication events. */
export const UPSTREAM_LINK = "gridworks_mqtt";
/** Link of the house agent to an admin client. */
export const ADMIN_LINK = "admin";
/** Link of the LTN to the house agent. */
export const SCADA_LINK = "scada_mqtt";
/** Topic name of the LTN, short. */
export const LTN_SHORT = "ltn";
/** Topic name of the house agent, short. */
export const SCADA_SHORT = "s";
