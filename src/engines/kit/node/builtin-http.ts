/**
 * Node's `http`, taken without an import: importing it as a module reads each of its exports, and among them are lazy ones that load the
 * runtime's whole fetch and WebSocket client, some 40 ms in each thread that has a listener.
 */
export const { createServer } = process.getBuiltinModule('node:http')
