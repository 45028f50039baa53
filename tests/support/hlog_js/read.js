// SPDX-License-Identifier: MIT
// What HdrHistogram's JavaScript library reads in a log: one JSON object an interval.
//   node read.js FOLDER_OF_NODE_MODULES FILE
const [folder, file] = process.argv.slice(2);
const hdr = require(require.resolve("hdr-histogram-js", { paths: [folder] }));
const reader = new hdr.HistogramLogReader(require("fs").readFileSync(file, "utf8"), 64);
for (let h; (h = reader.nextIntervalHistogram()) != null; ) {
  const percentiles = {};
  for (const p of [0, 10, 50, 90, 99, 99.9, 100])
    percentiles[p] = h.totalCount ? h.getValueAtPercentile(p) : null;
  console.log(JSON.stringify({
    tag: h.tag === undefined || h.tag === "NO TAG" ? "" : h.tag,
    start_ms: h.startTimeStampMsec, end_ms: h.endTimeStampMsec,
    count: h.totalCount, percentiles,
  }));
}
