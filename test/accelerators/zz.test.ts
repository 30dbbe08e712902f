import { vgg, alexNet } from '../../src/accelerators/benchmarks/vgg.js';
import { resNet } from '../../src/accelerators/benchmarks/resnet.js';
import { inceptionBn, inceptionV3 } from '../../src/accelerators/benchmarks/inception.js';
import { it } from 'vitest';
it('x',()=>{
 const all:any={alexnet:alexNet(),vgg11:vgg(11),vgg16:vgg(16),ibn:inceptionBn(),iv3:inceptionV3(),r50:resNet(50),r152:resNet(152)};
 for(const [k,w] of Object.entries<any>(all)) console.log(k,w.macs/1e9,w.parameters/1e6,w.operators.length,w.layers.length);
 const fps=(w:any,top:number,eta:number,peak:number,bw:number)=>1/w.operators.reduce((s:number,o:any)=>s+top+Math.max(2*o.macs/(eta*peak),4*o.values/bw),0);
 const meas:any={P100:[{r50:162.27,r152:58.99,ibn:139.82,iv3:80.17},{alexnet:624.84,vgg11:294.6},10.6e12,720e9],Xeon:[{r50:76.22,r152:32.92,ibn:124.13,iv3:62.26},{alexnet:390.53,vgg16:81.57},36*64*3e9,2*6*2666e6*8]};
 for(const [n,[fit,held,peak,bw]] of Object.entries<any>(meas)){
  let best:any=[1e9];
  for(let t=5e-6;t<80e-6;t+=0.25e-6)for(let eta=0.05;eta<=1.0;eta+=0.01){let e=0;for(const k in fit){const d=Math.log(fps(all[k],t,eta,peak,bw)/fit[k]);e+=d*d;} if(e<best[0])best=[e,t,eta];}
  console.log(n,best);
  for(const [lab,t,eta] of [['fit',best[1],best[2]],['doc',n==='P100'?32e-6:39e-6,n==='P100'?.6:.38]] as any) for(const k in {...fit,...held}) console.log(' ',lab,k,(fps(all[k],t,eta,peak,bw)/({...fit,...held} as any)[k]-1).toFixed(3));
 }
});
