import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** For `npm run gallery` and for work on pages beside a running `millrace serve`, whose socket it passes on. The product is built by electron-vite. */
export default defineConfig({
  plugins: [react()],
  // A module that does not load is told of by the window itself.
  server: { hmr: { overlay: false }, proxy: { '/rpc': { target: 'ws://127.0.0.1:4700', ws: true } } },
})
