"""One page to turn a relief in the hand: 3D, colour on and off, a light to drag, exaggerated height; no network.

The page is a single file. WebGL 2 by hand: the height map is a float texture that both displaces a grid of vertices and
gives the normals, so detail finer than the grid is still lit.
"""

import base64
import html
import json
from string import Template

import cv2
import numpy as np

from data.errors import OutputError
from data.files import replacing
from render.export.files import height_units

_MAX_SIDE = 1280     # texels of the height texture in the page
_GRID = 420          # vertices along the longer side


def write_preview(path, z_mm, pitch_mm, rgb, *, title="Atelier relief"):
    """Write the page; `z_mm` (H, W) float32, `rgb` (H, W, 3) float32 sRGB in [0, 1]. Large pictures are reduced."""
    step = max(1.0, max(np.shape(z_mm)) / _MAX_SIDE)
    size = [int(round(side / step)) for side in np.shape(z_mm)[::-1]]
    small = cv2.resize(np.asarray(z_mm, np.float32), size, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(np.asarray(rgb, np.float32), size, interpolation=cv2.INTER_AREA)
    units, mm_per_unit, _ = height_units(small)
    picture = np.round(np.clip(colour[..., ::-1], 0, 1) * 255).astype(np.uint8)
    done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        raise OutputError("OpenCV could not encode the picture for the preview")
    relief = {"columns": size[0], "rows": size[1], "mm_per_unit": mm_per_unit,
              "width_mm": np.shape(z_mm)[1] * pitch_mm, "height_mm": np.shape(z_mm)[0] * pitch_mm, "grid": _GRID,
              "relief_mm": float(np.ptp(z_mm))}
    page = Template(_PAGE).substitute(
        title=html.escape(title), relief=json.dumps(relief), colour=base64.b64encode(jpeg.tobytes()).decode(),
        height=base64.b64encode(units.astype("<u2").tobytes()).decode())
    with replacing(path) as beside:
        beside.write_text(page, encoding="utf-8")


_PAGE = r"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
 html,body{margin:0;height:100%;background:#1b1a18;color:#e8e2d6;font:15px/1.4 system-ui,sans-serif;overflow:hidden}
 canvas{position:absolute;inset:0;width:100%;height:100%;display:block;cursor:grab;touch-action:none}
 #panel{position:absolute;left:16px;top:16px;padding:12px 16px;background:#1b1a18d9;border-radius:8px;width:232px}
 #panel h1{font-size:16px;margin:0 0 6px} label{display:block;margin:8px 0 0} input[type=range]{width:100%}
 #pad{position:relative;width:110px;height:110px;border-radius:50%;background:radial-gradient(#fff3,#0006);margin:8px 0;
  touch-action:none;cursor:crosshair} #sun{position:absolute;width:16px;height:16px;margin:-8px;border-radius:50%;
  background:#ffd983} #note{color:#b9b1a2;font-size:13px} #fault{color:#ffb199}
</style></head><body>
<canvas id="view" aria-label="The relief in three dimensions; drag to turn"></canvas>
<div id="panel"><h1>$title</h1><div id="note"></div>
 <label><input type="checkbox" id="colour" checked> colour</label>
 <label>height &times; <output id="times">3</output><input type="range" id="height" min="0" max="20" step="0.5"
  value="3"></label><label>light (drag)</label><div id="pad"><div id="sun"></div></div><div id="fault"></div></div>
<script>
"use strict";
const about = $relief, bytes = s => Uint8Array.from(atob(s), c => c.charCodeAt(0));
const units = new Uint16Array(bytes("$height").buffer);
const canvas = document.getElementById("view"), by = id => document.getElementById(id);
const gl = canvas.getContext("webgl2", {antialias: true, preserveDrawingBuffer: true});
const state = {yaw: 0, tilt: -0.35, zoom: 1, exaggeration: 3, colour: true, light: [-0.62, 0.55], ready: false};
window.atelier = {state, about, draw: () => draw()};
const fail = text => { by("fault").textContent = text; throw new Error(text); };
if (!gl) fail("This browser offers no WebGL 2, so the relief cannot be shown in 3D.");
by("note").textContent = about.width_mm.toFixed(0) + " x " + about.height_mm.toFixed(0) + " mm, relief " +
  about.relief_mm.toFixed(2) + " mm. Drag to turn, wheel to come closer.";

const common = `#version 300 es
precision highp float; precision highp sampler2D;
uniform sampler2D heights; uniform vec2 texels, size; uniform float times;
float at(ivec2 p){ return texelFetch(heights, clamp(p, ivec2(0), ivec2(texels) - 1), 0).r; }
float level(vec2 uv){ vec2 p = uv * texels - .5, f = fract(p); ivec2 i = ivec2(floor(p));
  return mix(mix(at(i), at(i + ivec2(1,0)), f.x), mix(at(i + ivec2(0,1)), at(i + ivec2(1,1)), f.x), f.y) * times; }
`;
const vertex = common + `in vec2 place; out vec2 uv; uniform mat4 camera;
void main(){ uv = place; vec3 p = vec3((place.x - .5) * size.x, (.5 - place.y) * size.y, level(place));
  gl_Position = camera * vec4(p, 1.); }`;
const fragment = common + `in vec2 uv; out vec4 shown; uniform sampler2D paint;
uniform bool coloured; uniform vec3 lamp;
vec3 linear(vec3 c){ return pow(c, vec3(2.2)); }
void main(){
  vec2 d = 1. / texels, mm = 2. * size / texels;
  vec3 n = normalize(vec3((level(uv - vec2(d.x,0.)) - level(uv + vec2(d.x,0.))) / mm.x,
                          (level(uv + vec2(0.,d.y)) - level(uv - vec2(0.,d.y))) / mm.y, 1.));
  float lit = max(dot(n, lamp), 0.);
  // A short walk towards the lamp finds what stands in its way.
  vec2 step2 = vec2(lamp.x, -lamp.y) / size; float here = level(uv), shade = 1., pitch = size.x / texels.x;
  for (int i = 1; i <= 24; i++){ float t = pitch * 1.5 * float(i);
    float over = level(uv + step2 * t) - here - lamp.z * t; shade = min(shade, 1. - smoothstep(0., pitch * .6, over)); }
  vec3 base = coloured ? linear(texture(paint, uv).rgb) : vec3(.56, .54, .5);
  vec3 half3 = normalize(lamp + vec3(0.,0.,1.));
  float glint = pow(max(dot(n, half3), 0.), 60.) * .12;
  float light = .25 + .75 * lit / max(lamp.z, .25) * shade;
  shown = vec4(pow(base * light + glint * shade, vec3(1. / 2.2)), 1.);
}`;
function compile(kind, source){ const s = gl.createShader(kind); gl.shaderSource(s, source); gl.compileShader(s);
  if (!gl.getShaderParameter(s, gl.COMPILE_STATUS)) fail(gl.getShaderInfoLog(s)); return s; }
const program = gl.createProgram();
gl.attachShader(program, compile(gl.VERTEX_SHADER, vertex));
gl.attachShader(program, compile(gl.FRAGMENT_SHADER, fragment));
gl.linkProgram(program);
if (!gl.getProgramParameter(program, gl.LINK_STATUS)) fail(gl.getProgramInfoLog(program));
gl.useProgram(program);
const where = name => gl.getUniformLocation(program, name);

const longer = Math.max(about.columns, about.rows);
const nx = Math.max(2, Math.round(about.grid * about.columns / longer));
const ny = Math.max(2, Math.round(about.grid * about.rows / longer));
const places = new Float32Array(nx * ny * 2), corners = new Uint32Array((nx - 1) * (ny - 1) * 6);
for (let j = 0, k = 0; j < ny; j++) for (let i = 0; i < nx; i++){
  places[k++] = i / (nx - 1); places[k++] = j / (ny - 1); }
for (let j = 0, k = 0; j < ny - 1; j++) for (let i = 0; i < nx - 1; i++){
  const a = j * nx + i; for (const v of [a, a + nx, a + 1, a + 1, a + nx, a + nx + 1]) corners[k++] = v; }
gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer()); gl.bufferData(gl.ARRAY_BUFFER, places, gl.STATIC_DRAW);
const place = gl.getAttribLocation(program, "place");
gl.enableVertexAttribArray(place); gl.vertexAttribPointer(place, 2, gl.FLOAT, false, 0, 0);
gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, corners, gl.STATIC_DRAW);

function texture(unit, filter){ gl.activeTexture(gl.TEXTURE0 + unit); gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  for (const [k, v] of [["WRAP_S", gl.CLAMP_TO_EDGE], ["WRAP_T", gl.CLAMP_TO_EDGE], ["MIN_FILTER", filter],
    ["MAG_FILTER", filter]]) gl.texParameteri(gl.TEXTURE_2D, gl["TEXTURE_" + k], v); }
texture(0, gl.NEAREST);
gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, about.columns, about.rows, 0, gl.RED, gl.FLOAT,
  Float32Array.from(units, v => v * about.mm_per_unit));
gl.uniform1i(where("heights"), 0); gl.uniform1i(where("paint"), 1);
gl.uniform2f(where("texels"), about.columns, about.rows); gl.uniform2f(where("size"), about.width_mm, about.height_mm);
gl.enable(gl.DEPTH_TEST);

const times4 = (a, b) => { const o = new Float32Array(16); for (let c = 0; c < 4; c++) for (let r = 0; r < 4; r++)
  for (let k = 0; k < 4; k++) o[c * 4 + r] += a[k * 4 + r] * b[c * 4 + k]; return o; };
function camera(){
  const w = canvas.width, h = canvas.height, focal = 2.4;
  const span = Math.max(about.height_mm, about.width_mm * h / w) * 1.12;
  const far = span * focal / 2 / state.zoom, [cy, sy, ct, st] = [Math.cos(state.yaw), Math.sin(state.yaw),
    Math.cos(state.tilt), Math.sin(state.tilt)];
  const near = far * .02, end = far * 6;
  const lens = [focal * h / w,0,0,0, 0,focal,0,0, 0,0,(end + near) / (near - end),-1,
    0,0,2 * end * near / (near - end),0];
  const turn = [cy, sy * st, -sy * ct, 0, 0, ct, st, 0, sy, -cy * st, cy * ct, 0, 0, 0, -far, 1];
  return times4(lens, turn);
}
function lamp(){ const [x, y] = state.light; return [x, y, Math.sqrt(Math.max(0.03, 1 - x * x - y * y))]; }
function draw(){
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(canvas.clientWidth * ratio); canvas.height = Math.round(canvas.clientHeight * ratio);
  gl.viewport(0, 0, canvas.width, canvas.height); gl.clearColor(.106, .102, .094, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.uniformMatrix4fv(where("camera"), false, camera()); gl.uniform1f(where("times"), state.exaggeration);
  gl.uniform1i(where("coloured"), state.colour ? 1 : 0); gl.uniform3fv(where("lamp"), lamp());
  gl.drawElements(gl.TRIANGLES, corners.length, gl.UNSIGNED_INT, 0);
  by("sun").style.left = 50 + 46 * state.light[0] + "%"; by("sun").style.top = 50 - 46 * state.light[1] + "%";
  by("times").value = state.exaggeration;
}
let asked = false;
const soon = () => { if (!asked){ asked = true; requestAnimationFrame(() => { asked = false; draw(); }); } };
const drag = (element, move) => { element.addEventListener("pointerdown", e => { element.setPointerCapture(e.pointerId);
    move(e, true); }); element.addEventListener("pointermove", e => { if (e.buttons) move(e, false); }); };
drag(canvas, (e, first) => { if (first) return; const c = (v, m) => Math.max(-m, Math.min(m, v));
  state.yaw = c(state.yaw + e.movementX * .005, 1.4); state.tilt = c(state.tilt + e.movementY * .005, 1.4); soon(); });
drag(by("pad"), e => { const r = by("pad").getBoundingClientRect();
  let x = (e.clientX - r.left) / r.width * 2 - 1, y = 1 - (e.clientY - r.top) / r.height * 2, n = Math.hypot(x, y);
  if (n > .985){ x *= .985 / n; y *= .985 / n; } state.light = [x, y]; soon(); });
canvas.addEventListener("wheel", e => { e.preventDefault();
  state.zoom = Math.max(.5, Math.min(12, state.zoom * Math.exp(-e.deltaY * .001))); soon(); }, {passive: false});
by("colour").addEventListener("change", e => { state.colour = e.target.checked; soon(); });
by("height").addEventListener("input", e => { state.exaggeration = +e.target.value; soon(); });
window.addEventListener("resize", soon);
const picture = new Image();
picture.onload = () => { texture(1, gl.LINEAR);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE, picture);
  state.ready = true; draw(); document.documentElement.dataset.ready = "yes"; };
picture.src = "data:image/jpeg;base64,$colour";
</script></body></html>
"""
