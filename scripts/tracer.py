"""Path-traces described streets with Blender; runs by itself, in an environment of its own that has `bpy`.

Reads one folder a line on standard input, renders what `models.scenes.traced` wrote there, leaves `traced.png` and
`numbers.png` beside it, and answers `done`. Nothing of nonsite is imported: Blender's module wants another numpy.
"""

import json
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

SAMPLES = 16


def main() -> None:
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        render(folder)
        print("done", flush=True)


def render(folder: Path) -> None:
    about = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    solids(np.load(folder / "solids.npz"))
    for one in about["pictures"]:
        quad(one, folder, about["wet"])
    light(about["light"])
    camera(about["camera"])
    expose(about["camera"]["size"], folder / "traced.png")
    number(folder / "numbers.png")


def solids(arrays) -> None:
    """Every thing as a mesh: `verts` (n, 3), `starts` and `counts` of faces, `colours` (faces, 3) linear RGB, `glow`
    and `numbers` (faces,)."""
    for number in np.unique(arrays["numbers"]).tolist():
        for glowing in (False, True):
            chosen = (arrays["numbers"] == number) & ((arrays["glow"] > 0) == glowing)
            if chosen.any():
                solid(arrays, chosen, number, glowing)


def solid(arrays, chosen, number: int, glowing: bool) -> None:
    starts, counts = arrays["starts"][chosen], arrays["counts"][chosen]
    verts = np.concatenate([arrays["verts"][a : a + n] for a, n in zip(starts, counts, strict=True)])
    ends = np.cumsum(counts).tolist()
    faces = [list(range(end - n, end)) for end, n in zip(ends, counts.tolist(), strict=True)]
    mesh = bpy.data.meshes.new("solid")
    mesh.from_pydata(verts.tolist(), [], faces)
    colours = np.repeat(arrays["colours"][chosen], counts, axis=0)
    layer = mesh.color_attributes.new("shade", "FLOAT_COLOR", "CORNER")
    layer.data.foreach_set("color", np.column_stack([colours, np.ones(len(colours))]).astype(np.float32).ravel())
    material, surface = plain("solid", roughness=0.55)
    attribute = material.node_tree.nodes.new("ShaderNodeVertexColor")
    attribute.layer_name = "shade"
    material.node_tree.links.new(attribute.outputs["Color"], surface.inputs["Base Color"])
    if glowing:
        material.node_tree.links.new(attribute.outputs["Color"], surface.inputs["Emission Color"])
        surface.inputs["Emission Strength"].default_value = float(arrays["glow"][chosen].mean())
    mesh.materials.append(material)
    place(mesh, number)


def quad(one, folder: Path, wet: float) -> None:
    """A picture on four corners: top left, top right, bottom right, bottom left."""
    mesh = bpy.data.meshes.new("picture")
    mesh.from_pydata(one["corners"], [], [[3, 2, 1, 0]])
    uv = mesh.uv_layers.new()
    for corner, at in zip(uv.data, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        corner.uv = at
    ground = one["use"] == "ground"
    material, surface = plain("picture", roughness=0.9 - 0.75 * wet if ground else 0.7)
    links = material.node_tree.links
    image = picture(material, folder / one["file"])
    links.new(image.outputs["Color"], surface.inputs["Base Color"])
    if one["alpha"]:
        links.new(image.outputs["Alpha"], surface.inputs["Alpha"])
    if one["glow"]:
        shining = picture(material, folder / one["glow_file"]) if one["glow_file"] else image
        links.new(shining.outputs["Color"], surface.inputs["Emission Color"])
        surface.inputs["Emission Strength"].default_value = one["glow"]
    mesh.materials.append(material)
    place(mesh, one["number"], see_through=one["alpha"])


def plain(name: str, roughness: float):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = roughness
    return material, surface


def picture(material, file: Path):
    node = material.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(str(file))
    return node


def place(mesh, number: int, see_through: bool = False) -> None:
    thing = bpy.data.objects.new(mesh.name, mesh)
    thing.color = (number % 256 / 255, number // 256 / 255, 0.0, 1.0)
    thing["see_through"] = see_through
    bpy.context.scene.collection.objects.link(thing)


def light(about) -> None:
    """A sky of one colour and, where it has any, a sun."""
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    back = world.node_tree.nodes["Background"]
    back.inputs["Color"].default_value = (*about["sky"], 1.0)
    back.inputs["Strength"].default_value = about["sky_strength"]
    bpy.context.scene.world = world
    if about["sun_strength"] > 0:
        sun = bpy.data.lights.new("sun", "SUN")
        sun.energy, sun.angle = about["sun_strength"], np.radians(0.53)
        sun.color = about["sun"]
        lamp = bpy.data.objects.new("sun", sun)
        lamp.matrix_world = turned(about["toward"])
        bpy.context.scene.collection.objects.link(lamp)


def turned(toward) -> Matrix:
    """A lamp that shines from `toward`: its own -z axis points the other way."""
    z = np.array(toward) / np.linalg.norm(toward)
    x = np.cross([0.0, 0.0, 1.0], z)
    x = x / max(np.linalg.norm(x), 1e-9) if np.linalg.norm(x) > 1e-6 else np.array([1.0, 0.0, 0.0])
    axes = np.column_stack([x, np.cross(z, x), z])
    return Matrix([[*axes[row].tolist(), 0.0] for row in range(3)] + [[0.0, 0.0, 0.0, 1.0]])


def camera(about) -> None:
    """A pinhole: `rotation` has image right, image down and forward as rows."""
    lens = bpy.data.cameras.new("camera")
    lens.sensor_fit, lens.sensor_width = "HORIZONTAL", 36.0
    lens.lens = 36.0 * about["f_px"] / about["size"][0]
    lens.clip_start, lens.clip_end = 0.05, 1000.0
    held = bpy.data.objects.new("camera", lens)
    right, down, forward = np.array(about["rotation"])
    axes = np.column_stack([right, -down, -forward])
    rows = [[*axes[row].tolist(), about["centre"][row]] for row in range(3)]
    held.matrix_world = Matrix([*rows, [0.0, 0.0, 0.0, 1.0]])
    bpy.context.scene.collection.objects.link(held)
    bpy.context.scene.camera = held


def expose(size, out: Path) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = SAMPLES
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.max_bounces = 4
    scene.cycles.seed = 0
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.filepath = str(out)
    bpy.ops.render.render(write_still=True)


def number(out: Path) -> None:
    """Whose each pixel is: its number in red (low byte) and green, 0 the street itself. Leaves hide nothing."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    for thing in scene.objects:
        thing.hide_render = thing.hide_render or bool(thing.get("see_through"))
    material = bpy.data.materials.new("numbers")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    told, shine, out_node = (nodes.new(f"ShaderNode{name}") for name in ("ObjectInfo", "Emission", "OutputMaterial"))
    links.new(told.outputs["Color"], shine.inputs["Color"])
    links.new(shine.outputs["Emission"], out_node.inputs["Surface"])
    layer.material_override = material
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.0
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    scene.render.dither_intensity = 0.0
    scene.view_settings.view_transform = "Raw"
    scene.render.filepath = str(out)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
