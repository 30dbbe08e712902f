import { test } from 'vitest';
import { barChart } from '../../../src/report/figures/barChart.js';
import { stackedBarChart } from '../../../src/report/figures/stackedBarChart.js';
import { scatterPlot } from '../../../src/report/figures/scatterPlot.js';
import { writeFigure } from '../../../src/report/figures/writeFigure.js';
test('x', async () => {
  await writeFigure('/tmp/proto/out/bar.png', barChart({title:'What each effect costs MNIST', subtitle:'10,000 images, chip 1, paired with the digital network', xLabel:'accuracy change (percentage points)', bars:[
   {label:'weight quantisation',value:-0.12,low:-0.3,high:0.05,group:'alone'},{label:'weight quantisation',value:0.1,low:-0.02,high:0.25,group:'left out'},
   {label:'process variation',value:-2.4,low:-2.9,high:-2,group:'alone'},{label:'process variation',value:2.2,low:1.8,high:2.7,group:'left out'},
   {label:'a very <long> & "quoted" label of an effect that nobody would write',value:NaN,group:'alone'}]}));
  await writeFigure('/tmp/proto/out/bar2.png', barChart({title:'Q',xLabel:'bits', bars:[{label:'a',value:7},{label:'b',value:3.21234}]}));
  await writeFigure('/tmp/proto/out/stack.png', stackedBarChart({title:'Energy by device', subtitle:'one image', xLabel:'energy (uJ)', segments:['conv1','conv2','dense1','dense2'].flatMap((category,i)=>['VCSEL','streamed DAC','held DAC','ADC','photodetector','trim heaters','EO'].map((series,j)=>({category,series,value:(i+1)*(j+1)*0.37})))}));
  const pts=Array.from({length:200},(_,i)=>({x:10**(i%20/8),y:10**((i*7%31)/10),series:i%3?'a':'b'}));
  await writeFigure('/tmp/proto/out/scatter.png', scatterPlot({title:'Design space', subtitle:'x', xLabel:'power (W)', yLabel:'frames per second (1/s)', xScale:'log',yScale:'log', points:pts, front:[{x:1,y:10},{x:20,y:200,label:'(5, 50, 50, 10)'},{x:200,y:1000}], marked:[{x:20,y:200,label:'the paper'}]}));
});
