#!/usr/bin/env node
// The command line, as people call it in a checkout. What is started for long (npm start, the image, the unit) begins
// with the JavaScript behind it: running this one file keeps Node's type stripper in memory, 15 MB.
import './main.mjs'
