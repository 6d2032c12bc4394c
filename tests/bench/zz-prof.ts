// node tests/bench/zz-prof.ts ACTIVITY NAME [N]
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Shell } from '../e2e/support/shell.ts'
import { Millrace } from '../support/millrace.ts'
import { launchBrowser, root } from './harness.ts'
const SAMPLE='pipelines/flights.json'
const [activity,name,nth='1']=process.argv.slice(2)
const LIMIT=Number(process.env.LIMIT??'70')
const folder = mkdtempSync(join(tmpdir(), 'millrace-screens-'))
const workspace = join(folder, 'workspace')
cpSync(join(root, 'resources', 'samples', 'flights'), workspace, { recursive: true })
const browser = await launchBrowser()
{
  await using millrace = await Millrace.start({ workspace })
  const clients = await millrace.clients()
  for (let n=0;n<Number(nth);n++) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const shell = await Shell.open(page, millrace)
process.on('uncaughtException',(e)=>{console.log(String(e).slice(0,300));process.exit(1)})
  if (process.env.PRE) { const { runId } = await clients.pipeline.start({ path: SAMPLE, speed: null }); for await (const { state } of clients.pipeline.watch({ runId })) if (state === 'running') break; await page.waitForTimeout(3000); for (const [a,b] of [['Pipelines','flights'],['Streams','flights'],['SQL','delays-by-hour']]) { await shell.activity(a); await shell.explorer.getByRole('treeitem', { name:new RegExp(b) }).last().dblclick(); await page.waitForTimeout(3000) } }
  const [last] = await clients.pipeline.listRuns({ pipeline: SAMPLE, limit: 1 })
  if (last && last.endedMs === undefined) {
    await clients.pipeline.stop({ runId: last.runId, mode: 'abandon' })
    for await (const { endedMs } of clients.pipeline.watch({ runId: last.runId })) if (endedMs !== undefined) break
  }
  const { runId } = await clients.pipeline.start({ path: SAMPLE, speed: null })
  for await (const { state } of clients.pipeline.watch({ runId })) if (state === 'running') break
  const cats=process.env.CATS?.split(',')??['disabled-by-default-devtools.timeline','devtools.timeline','toplevel','cc','blink','v8','disabled-by-default-v8.gc','ipc','mojom','benchmark']
  const cdp = await page.context().newCDPSession(page)
  if (process.env.CPU) { await cdp.send('Profiler.enable'); await cdp.send('Profiler.setSamplingInterval',{interval:400}); await cdp.send('Profiler.start') }
  await browser.startTracing(page,{categories:cats})
  await shell.activity(activity)
  if (name) await shell.explorer.getByRole('treeitem', { name:new RegExp(name) }).last().dblclick()
  await page.waitForTimeout(Number(process.env.SECS??'10')*1000)
  const {traceEvents:E} = JSON.parse((await browser.stopTracing()).toString()) as any
  const main=new Set(E.filter((e:any)=>e.name==='thread_name'&&e.args?.name==='CrRendererMain').map((e:any)=>e.pid+'/'+e.tid))
  const mine=E.filter((e:any)=>main.has(e.pid+'/'+e.tid)&&e.ph==='X')
  const tasks=mine.filter((e:any)=>e.name==='RunTask'&&e.dur>LIMIT*1000)
  const rest=E.filter((e:any)=>e.ph==='X')
  const threads=new Map(E.filter((e:any)=>e.name==='thread_name').map((e:any)=>[e.pid+'/'+e.tid,e.args.name]))
  let prof:any; if (process.env.CPU) prof=((await cdp.send('Profiler.stop')) as any).profile
  const showProf=(t:any)=>{ const byId=new Map(prof.nodes.map((n:any)=>[n.id,n])); const parent=new Map(); for(const n of prof.nodes) for(const c of n.children??[]) parent.set(c,n.id)
    let ts=prof.startTime; const self=new Map<string,number>(), incl=new Map<string,number>()
    const nm=(n:any)=>n.callFrame.functionName+':'+n.callFrame.url.split('/').pop()+':'+n.callFrame.lineNumber
    prof.samples.forEach((id:any,i:number)=>{ ts+=prof.timeDeltas[i]; const d=(prof.timeDeltas[i+1]??0)/1000; if(ts<t.ts||ts>t.ts+t.dur) return
      self.set(nm(byId.get(id)),(self.get(nm(byId.get(id)))??0)+d); const seen=new Set(); for(let x=id;x!==undefined;x=parent.get(x)){const k=nm(byId.get(x)); if(!seen.has(k)){seen.add(k);incl.set(k,(incl.get(k)??0)+d)}} })
    const top=(m:any,n:number)=>[...m].sort((a:any,b:any)=>b[1]-a[1]).slice(0,n).map(([k,v]:any)=>`${v.toFixed(1)} ${k}`).join('\n      ')
    console.log('    self:\n      '+top(self,14)+'\n    incl:\n      '+top(incl,Number(process.env.INCL??45))) }
  if(prof&&process.env.COMPONENTS){ const byId=new Map(prof.nodes.map((n:any)=>[n.id,n])); const parent=new Map(); for(const n of prof.nodes) for(const c of n.children??[]) parent.set(c,n.id)
    const comp=new Map<string,number>(), file=new Map<string,number>(), gc=[0]; let total=0
    prof.samples.forEach((id:any,i:number)=>{ const d=(prof.timeDeltas[i+1]??0)/1000; const n:any=byId.get(id); const f=n.callFrame.functionName; if(f==='(idle)')return; total+=d
      file.set(n.callFrame.url.split('/').pop()||f,(file.get(n.callFrame.url.split('/').pop()||f)??0)+d)
      let x=id,prev:any,before:any; while(x!==undefined){ const m:any=byId.get(x); const fn=m.callFrame.functionName; if(fn==='renderWithHooks'){ if(prev?.startsWith('FastComponent')&&before) prev=before; if(prev) comp.set(prev,(comp.get(prev)??0)+d); return } before=prev; prev=fn+':'+m.callFrame.url.split('/').pop()+':'+m.callFrame.lineNumber; x=parent.get(x)} 
      x=id; while(x!==undefined){ const m:any=byId.get(x); const fn=m.callFrame.functionName; if(/^(flush(Passive|Layout|Mutation)Effects|commitHook|finishClass|updateClassComponent|completeWork|beginWork|processRoot|performWorkUntil)/.test(fn)){ comp.set('['+fn+']',(comp.get('['+fn+']')??0)+d); return } x=parent.get(x)} comp.set('[other]',(comp.get('[other]')??0)+d)})
    const top=(m:any,n:number)=>[...m].sort((a:any,b:any)=>b[1]-a[1]).slice(0,n).map(([k,v]:any)=>`${v.toFixed(1)} ${k}`).join('\n      ')
    console.log('total',total.toFixed(0),'\n  files\n      '+top(file,14)+'\n  components\n      '+top(comp,60)) }
  console.log('== run',n,'tasks over',LIMIT,':',tasks.map((t:any)=>`${(t.dur/1000).toFixed(0)}(${(t.tdur/1000).toFixed(0)})`).join(' '))
  for(const t of tasks){
    console.log(`--- task ${(t.dur/1000).toFixed(0)} cpu ${(t.tdur/1000).toFixed(0)} pid ${t.pid}`)
    const inside=mine.filter((e:any)=>e.pid===t.pid&&e.ts>=t.ts&&e.ts+e.dur<=t.ts+t.dur+1&&e.dur>4000).sort((a:any,b:any)=>a.ts-b.ts||b.dur-a.dur)
    const stack:any[]=[]
    for(const e of inside){
      while(stack.length&&stack.at(-1).ts+stack.at(-1).dur<=e.ts)stack.pop()
      console.log('  '.repeat(stack.length)+`${e.name} +${((e.ts-t.ts)/1000).toFixed(0)} ${(e.dur/1000).toFixed(0)}(${((e.tdur??0)/1000).toFixed(0)}) ${JSON.stringify(e.args?.data??e.args??'').slice(0,160)}`)
      stack.push(e)
    }
    if(prof) showProf(t)
    if(process.env.OTHERS){
      const sums=new Map<string,number>()
      for(const e of rest) if(!(main.has(e.pid+'/'+e.tid)&&e.pid===t.pid)&&(e.name==='RunTask'||e.name.includes('ThreadPool_RunTask')||e.name==='ThreadControllerImpl::RunTask')){const o=Math.min(e.ts+e.dur,t.ts+t.dur)-Math.max(e.ts,t.ts);if(o>0){const k=threads.get(e.pid+'/'+e.tid)+' '+e.name;sums.set(k,(sums.get(k)??0)+o/1000)}}
      console.log('   others:',[...sums].sort((a,b)=>b[1]-a[1]).slice(0,8).map(([k,v])=>`${k} ${v.toFixed(0)}`).join(' | '))
    }
  }
  if (process.env.DUMP) writeFileSync(`/tmp/q/trace-${n}.json`,JSON.stringify({traceEvents:E}))
  await page.close()
  }
}
await browser.close()
rmSync(folder, { recursive: true, force: true })
