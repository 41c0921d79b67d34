import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Relative addresses keep the page working behind a proxy that serves it under a path of its own.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    target: 'es2023',
    // The page's content security policy allows no inline scripts and no data: fonts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:7700' } },
})
