/** Paths of the control socket under which devices are asked for and labelled. */
export const DEVICES_PATH = "/v1/devices";
/** `POST` with `id` and any of `name`, `owner`, `room`, `port`; the answer is the card, or null where there is no such device. */
export const DEVICE_LABEL_PATH = "/v1/devices/label";
